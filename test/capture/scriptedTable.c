/*
 * Stands in for iphlpapi: GetTcpTable2 plays a script of answers, one a call; the last one repeats. It records what
 * each call was given. Compiled by scriptedTable.ts and loaded by koffi.
 */
#include <stdint.h>
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

/* Of call i: has table, size given, table was zero-filled, order. */
void calls_read(int i, uint32_t *fields)
{
    fields[0] = calls[i].has_table;
    fields[1] = calls[i].size;
    fields[2] = calls[i].is_zero_filled;
    fields[3] = calls[i].order;
}

uint32_t GetTcpTable2(uint8_t *table, uint32_t *size, int order)
{
    if (call_count == MAX_CALLS)
        abort();
    int step = call_count < step_count ? call_count : step_count - 1;

    calls[call_count].has_table = table != NULL;
    calls[call_count].size = *size;
    calls[call_count].order = order;
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
