/*
 * Stands in for iphlpapi: GetTcpTable2 and its family play one script of answers, one a call; the last one repeats. It records
 * which function was called and what it was given. GetTcp6Table2 and GetOwnerModuleFromUdp6Entry are missing, as on a system that has
 * not got them, unless WHOLE is defined. The functions of the
 * heap that the bound tables need are here too. The names of modules follow from the rows that they are asked for. Compiled by scriptedTable.ts and loaded by koffi.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 32, MAX_CALLS = 64 };

/* What a step leaves in the size: a number, nothing, or a number above the one it was given. */
enum { SIZE_SET = 0, SIZE_UNTOUCHED = 1, SIZE_ADD = 2 };

static struct {
    uint32_t code;
    int size_mode;
    uint32_t size;
    uint8_t *bytes;
    uint32_t length;
} steps[MAX_STEPS];
static int step_count;

static struct {
    const char *function;
    uint32_t family, class;
    int has_table;
    uint32_t size;
    int is_zero_filled;
    int order;
} calls[MAX_CALLS];
static int call_count;

void script_clear(void)
{
    for (int i = 0; i < step_count; i++)
        free(steps[i].bytes);
    step_count = 0;
    call_count = 0;
}

/* `bytes` are written to the table whatever the code is, as far as the size given allows. */
void script_add(uint32_t code, int size_mode, uint32_t size, const uint8_t *bytes, uint32_t length)
{
    if (step_count == MAX_STEPS)
        abort();
    steps[step_count].code = code;
    steps[step_count].size_mode = size_mode;
    steps[step_count].size = size;
    steps[step_count].bytes = malloc(length + 1);
    memcpy(steps[step_count].bytes, bytes, length);
    steps[step_count].length = length;
    step_count++;
}

int calls_count(void)
{
    return call_count;
}

/* Of call i: has table, size given, table was zero-filled, order, family, class (0 and 0 for functions that take none). */
void calls_read(int i, uint32_t *fields)
{
    fields[0] = calls[i].has_table;
    fields[1] = calls[i].size;
    fields[2] = calls[i].is_zero_filled;
    fields[3] = calls[i].order;
    fields[4] = calls[i].family;
    fields[5] = calls[i].class;
}

const char *calls_function(int i)
{
    return calls[i].function;
}

static int begin_call(const char *function)
{
    if (call_count == MAX_CALLS)
        abort();
    memset(&calls[call_count], 0, sizeof *calls);
    calls[call_count].function = function;
    return call_count < step_count ? call_count : step_count - 1;
}

static uint32_t play(const char *function, uint8_t *table, uint32_t *size, int order, uint32_t family, uint32_t class)
{
    int step = begin_call(function);

    calls[call_count].has_table = table != NULL;
    calls[call_count].size = *size;
    calls[call_count].order = order;
    calls[call_count].family = family;
    calls[call_count].class = class;
    calls[call_count].is_zero_filled = 1;
    for (uint32_t i = 0; table != NULL && i < *size; i++)
        if (table[i] != 0)
            calls[call_count].is_zero_filled = 0;
    call_count++;

    if (table != NULL)
        memcpy(table, steps[step].bytes, steps[step].length < *size ? steps[step].length : *size);
    if (steps[step].size_mode == SIZE_SET)
        *size = steps[step].size;
    else if (steps[step].size_mode == SIZE_ADD)
        *size += steps[step].size;
    return steps[step].code;
}

#define PLAIN(name) \
    uint32_t name(uint8_t *table, uint32_t *size, int order) { return play(#name, table, size, order, 0, 0); }
#define EXTENDED(name) \
    uint32_t name(uint8_t *table, uint32_t *size, int order, uint32_t family, int class, uint32_t reserved) \
    { \
        if (reserved != 0) \
            abort(); \
        return play(#name, table, size, order, family, class); \
    }
PLAIN(GetTcpTable)
PLAIN(GetTcpTable2)
PLAIN(GetTcp6Table)
#ifdef WHOLE
PLAIN(GetTcp6Table2)
#endif
EXTENDED(GetExtendedTcpTable)
EXTENDED(GetExtendedUdpTable)

/* One block at a time, of the size that the script's step has; its address is 0 where that is 0. */
static uint8_t heap;
static uint8_t *block;
static intptr_t block_size;
static int blocks_allocated, blocks_freed;

static uint32_t play_bound(const char *function, intptr_t *table, intptr_t given_heap, uint32_t flags)
{
    int step = begin_call(function);

    if (given_heap != (intptr_t)&heap || flags != 0)
        abort();
    call_count++;
    *table = 0;
    if (steps[step].code == 0 && steps[step].size > 0) {
        block_size = steps[step].size;
        block = malloc(block_size);
        memset(block, 0xee, block_size);
        memcpy(block, steps[step].bytes, steps[step].length);
        blocks_allocated++;
        *table = (intptr_t)block;
    }
    return steps[step].code;
}

#define BOUND(name) \
    uint32_t name(intptr_t *table, intptr_t heap, uint32_t flags) { return play_bound(#name, table, heap, flags); }
BOUND(InternalGetBoundTcpEndpointTable)
BOUND(InternalGetBoundTcp6EndpointTable)

intptr_t GetProcessHeap(void)
{
    return (intptr_t)&heap;
}

intptr_t HeapSize(intptr_t given_heap, uint32_t flags, intptr_t given_block)
{
    return given_heap == (intptr_t)&heap && flags == 0 && given_block == (intptr_t)block ? block_size : -1;
}

int HeapFree(intptr_t given_heap, uint32_t flags, intptr_t given_block)
{
    if (HeapSize(given_heap, flags, given_block) == -1)
        return 0;
    free(block);
    block = NULL;
    blocks_freed++;
    return 1;
}

int blocks_held(void)
{
    return blocks_allocated - blocks_freed;
}

/*
 * TCPIP_OWNER_MODULE_BASIC_INFO: two pointers to UTF-16 behind them. The first number of the module says what to answer:
 * 0 an error, 1 two empty texts, 2 pointers that lead out of the buffer, others the texts `service N of PID` and `C:\\N.dll`.
 */
static int module_calls;

int modules_asked(void)
{
    int asked = module_calls;
    module_calls = 0;
    return asked;
}

static void put_text(uint8_t *buffer, uint32_t *used, int pointer, const char *text)
{
    *(uint16_t **)(buffer + pointer * sizeof(void *)) = (uint16_t *)(buffer + *used);
    do {
        *(uint16_t *)(buffer + *used) = (uint8_t)*text;
        *used += 2;
    } while (*text++ != 0);
}

static uint32_t module_of(uint8_t *row, int pid_at, int info_at, int info_class, uint8_t *buffer, uint32_t *size)
{
    uint64_t number = *(uint64_t *)(row + info_at);
    char name[64] = "", path[64] = "";
    uint32_t used = 2 * sizeof(void *);

    module_calls++;
    memset(row, 0xee, info_at); /* a function may spoil its row, but not the table */
    if (info_class != 0 || *size < 1024)
        return 87;
    if (number == 0)
        return 1168;
    if (number == 2) {
        *(uint8_t **)buffer = buffer - 16;
        *(uint8_t **)(buffer + sizeof(void *)) = buffer + *size;
        return 0;
    }
    if (number != 1) {
        snprintf(name, sizeof name, "service %d at %d", (int)number, pid_at);
        snprintf(path, sizeof path, "C:\\%d.dll", (int)number);
    }
    put_text(buffer, &used, 0, name);
    put_text(buffer, &used, 1, path);
    return 0;
}

#define MODULE(name, pid_at, info_at) \
    uint32_t name(uint8_t *row, int info_class, uint8_t *buffer, uint32_t *size) \
    { \
        return module_of(row, pid_at, info_at, info_class, buffer, size); \
    }
MODULE(GetOwnerModuleFromTcpEntry, 20, 32)
MODULE(GetOwnerModuleFromTcp6Entry, 52, 64)
MODULE(GetOwnerModuleFromUdpEntry, 8, 32)
#ifdef WHOLE
MODULE(GetOwnerModuleFromUdp6Entry, 24, 48)
#endif

/* ProcessCommandLineInformation. The process 1 has a command line, 2 an empty one; others are refused. */
uint32_t NtQueryInformationProcess(intptr_t process, int kind, uint8_t *value, uint32_t size, uint32_t *used)
{
    const char *text = process == 1 ? "\"C:\\a b.exe\" --password x" : "";

    if (kind != 60)
        return 0xc0000003;
    if (process != 1 && process != 2)
        return 0xc0000022;
    *used = 2 * sizeof(void *);
    put_text(value, used, 1, text);
    memset(value, 0, sizeof(void *));
    *(uint16_t *)value = 2 * strlen(text);
    return *used <= size ? 0 : 0xc0000004;
}

/* As ipmib.h of Windows declares them. GetUdpStatisticsEx2 is missing. */
struct tcp_stats2 {
    uint32_t rto_algorithm, rto_min, rto_max, max_conn, active_opens, passive_opens, attempt_fails, estab_resets, curr_estab;
    uint64_t in_segs, out_segs;
    uint32_t retrans_segs, in_errs, out_rsts, num_conns;
};

uint32_t GetTcpStatisticsEx2(struct tcp_stats2 *statistics, uint32_t family)
{
    if (family != 2)
        return 50;
    *statistics = (struct tcp_stats2){1, 2, 3, -1, 5, 6, 7, 8, 9, 0x100000002, -1, 12, 13, 14, 15};
    return 0;
}

uint32_t GetUdpStatisticsEx(uint32_t *statistics, uint32_t family)
{
    for (uint32_t i = 0; i < 5; i++)
        statistics[i] = 21 + i;
    if (family == 23)
        statistics[1] += 100;
    return 0;
}
