/*
 * What Microsoft's structures say of raw tables. Everything comes from the SDK's declarations and nothing from tcpscope.
 *
 *   printTable layouts       a line for each table class: name, bytes of a row, offset of the first row
 *   printTable CLASS FILE    the rows of the raw table in FILE, a line each
 *
 * x86_64-w64-mingw32-gcc -o printTable.exe printTable.c -lws2_32
 */
#define _WIN32_WINNT 0x0A00
#define __USE_MINGW_ANSI_STDIO 1
#include <winsock2.h>
#include <ws2ipdef.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end4(const char *side, DWORD address, DWORD port)
{
    const unsigned char *byte = (const unsigned char *)&address;
    printf(" %s=%u.%u.%u.%u:%u", side, byte[0], byte[1], byte[2], byte[3], ntohs((u_short)port));
}

/* Groups of two bytes without any shortening. */
static void end6(const char *side, const void *address, DWORD scope, DWORD port)
{
    const unsigned char *byte = address;
    printf(" %s=[", side);
    for (int i = 0; i < 16; i += 2)
        printf("%s%x", i == 0 ? "" : ":", byte[i] << 8 | byte[i + 1]);
    printf("%%%lu]:%u", scope, ntohs((u_short)port));
}

static void modules(const ULONGLONG *module)
{
    printf(" modules=");
    for (int i = 0; i < TCPIP_OWNING_MODULE_SIZE; i++)
        printf("%s%llx", i == 0 ? "" : ",", module[i]);
}

#define STATE(r) printf("state=%lu", (DWORD)(r)->dwState)
#define STATE2(r) printf("state=%lu", (DWORD)(r)->State)
#define ENDS4(r) end4("local", (r)->dwLocalAddr, (r)->dwLocalPort), end4("remote", (r)->dwRemoteAddr, (r)->dwRemotePort)
/* The address is `UCHAR ucLocalAddr[16]` in some structures and `IN6_ADDR LocalAddr` in others. */
#define ENDS6(r, local, remote) \
    end6("local", &(r)->local, (r)->dwLocalScopeId, (r)->dwLocalPort), \
    end6("remote", &(r)->remote, (r)->dwRemoteScopeId, (r)->dwRemotePort)
#define PID(r) printf(" pid=%lu", (r)->dwOwningPid)
#define OFFLOAD(r) printf(" offload=%lu", (DWORD)(r)->dwOffloadState)
#define MODULE(r) printf(" created=%lld", (r)->liCreateTimestamp.QuadPart), modules((r)->OwningModuleInfo)
#define FLAGS(r) printf(" flags=%lu", (r)->dwFlags)

static void tcp(const MIB_TCPROW *r) { STATE(r), ENDS4(r); }
static void tcp2(const MIB_TCPROW2 *r) { STATE(r), ENDS4(r), PID(r), OFFLOAD(r); }
static void tcp_owner_pid(const MIB_TCPROW_OWNER_PID *r) { STATE(r), ENDS4(r), PID(r); }
static void tcp_owner_module(const MIB_TCPROW_OWNER_MODULE *r) { STATE(r), ENDS4(r), PID(r), MODULE(r); }
static void tcp6(const MIB_TCP6ROW *r) { STATE2(r), ENDS6(r, LocalAddr, RemoteAddr); }
static void tcp6_2(const MIB_TCP6ROW2 *r) { STATE2(r), ENDS6(r, LocalAddr, RemoteAddr), PID(r), OFFLOAD(r); }
static void tcp6_owner_pid(const MIB_TCP6ROW_OWNER_PID *r) { STATE(r), ENDS6(r, ucLocalAddr, ucRemoteAddr), PID(r); }
static void tcp6_owner_module(const MIB_TCP6ROW_OWNER_MODULE *r)
{
    STATE(r), ENDS6(r, ucLocalAddr, ucRemoteAddr), PID(r), MODULE(r);
}

#define LOCAL4(r) end4("local", (r)->dwLocalAddr, (r)->dwLocalPort)
#define LOCAL6(r, local) end6("local", &(r)->local, (r)->dwLocalScopeId, (r)->dwLocalPort)
static void udp(const MIB_UDPROW *r) { LOCAL4(r); }
static void udp_owner_pid(const MIB_UDPROW_OWNER_PID *r) { LOCAL4(r), PID(r); }
static void udp_owner_module(const MIB_UDPROW_OWNER_MODULE *r) { LOCAL4(r), PID(r), FLAGS(r), MODULE(r); }
static void udp6(const MIB_UDP6ROW *r) { LOCAL6(r, dwLocalAddr); }
static void udp6_owner_pid(const MIB_UDP6ROW_OWNER_PID *r) { LOCAL6(r, ucLocalAddr), PID(r); }
static void udp6_owner_module(const MIB_UDP6ROW_OWNER_MODULE *r) { LOCAL6(r, ucLocalAddr), PID(r), FLAGS(r), MODULE(r); }

static const struct {
    const char *name;
    size_t row_bytes, first_row;
    void (*print)(const void *row);
} classes[] = {
#define CLASS(name, structure, print) \
    { name, sizeof ((structure *)0)->table[0], offsetof(structure, table), (void (*)(const void *))print }
    CLASS("tcp", MIB_TCPTABLE, tcp),
    CLASS("tcp2", MIB_TCPTABLE2, tcp2),
    CLASS("tcp-owner-pid", MIB_TCPTABLE_OWNER_PID, tcp_owner_pid),
    CLASS("tcp-owner-module", MIB_TCPTABLE_OWNER_MODULE, tcp_owner_module),
    CLASS("tcp6", MIB_TCP6TABLE, tcp6),
    CLASS("tcp6-2", MIB_TCP6TABLE2, tcp6_2),
    CLASS("tcp6-owner-pid", MIB_TCP6TABLE_OWNER_PID, tcp6_owner_pid),
    CLASS("tcp6-owner-module", MIB_TCP6TABLE_OWNER_MODULE, tcp6_owner_module),
    CLASS("tcp2-bound", MIB_TCPTABLE2, tcp2),
    CLASS("tcp6-2-bound", MIB_TCP6TABLE2, tcp6_2),
    CLASS("udp", MIB_UDPTABLE, udp),
    CLASS("udp-owner-pid", MIB_UDPTABLE_OWNER_PID, udp_owner_pid),
    CLASS("udp-owner-module", MIB_UDPTABLE_OWNER_MODULE, udp_owner_module),
    CLASS("udp6", MIB_UDP6TABLE, udp6),
    CLASS("udp6-owner-pid", MIB_UDP6TABLE_OWNER_PID, udp6_owner_pid),
    CLASS("udp6-owner-module", MIB_UDP6TABLE_OWNER_MODULE, udp6_owner_module),
};
enum { CLASS_COUNT = sizeof classes / sizeof *classes };

static int print_rows(const char *name, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 1;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *table = malloc(length);
    if (fread(table, 1, length, file) != (size_t)length)
        return 1;
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (strcmp(classes[i].name, name) != 0)
            continue;
        for (DWORD row = 0; row < *(DWORD *)table; row++) {
            classes[i].print(table + classes[i].first_row + row * classes[i].row_bytes);
            printf("\n");
        }
    }
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3)
        return print_rows(arguments[1], arguments[2]);
    for (int i = 0; i < CLASS_COUNT; i++)
        printf("%s %d %d\n", classes[i].name, (int)classes[i].row_bytes, (int)classes[i].first_row);
    return 0;
}
