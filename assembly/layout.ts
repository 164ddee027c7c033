// The binary layouts that this module reads. Everything else, TypeScript included, takes these numbers from here.
//
// MIB_TCPTABLE2, the table class `tcp2` (iphlpapi.h, tcpmib.h). All integers are little-endian unless said otherwise.
//
//   0        4                            4 + 28 · dwNumEntries
//   ┌────────┬──────────┬──────────┬─────┬──────────┬ ─ ─ ─ ─ ─
//   │ u32 n  │ row 0    │ row 1    │  …  │ row n−1  │ slack: kept, never read
//   └────────┴──────────┴──────────┴─────┴──────────┴ ─ ─ ─ ─ ─
//
//   MIB_TCPROW2, 28 bytes
//   0        4            8            12           16           20       24        28
//   ┌────────┬────────────┬──────┬─────┬────────────┬──────┬─────┬────────┬─────────┐
//   │ state  │ local addr │ port │  ?  │ remote addr│ port │  ?  │ pid    │ offload │
//   │ u32    │ 4 bytes,   │ u16  │ junk│ 4 bytes,   │ u16  │ junk│ u32    │ u32     │
//   │        │ net. order │ BE   │     │ net. order │ BE   │     │        │         │
//   └────────┴────────────┴──────┴─────┴────────────┴──────┴─────┴────────┴─────────┘
//   "?": the upper half of a port's DWORD may be uninitialized memory (MIB_TCPROW2's page), so it is never looked at.

export const TCP2_FIRST_ROW: u32 = 4;
export const TCP2_ROW_BYTES: u32 = 28;

// Offsets within a row are immediates of load instructions, so they are not exported: nobody else parses rows.
export const TCP2_STATE: usize = 0;
export const TCP2_LOCAL_ADDRESS: usize = 4;
export const TCP2_LOCAL_PORT: usize = 8;
export const TCP2_REMOTE_ADDRESS: usize = 12;
export const TCP2_REMOTE_PORT: usize = 16;
export const TCP2_OWNING_PID: usize = 20;
export const TCP2_OFFLOAD_STATE: usize = 24;
