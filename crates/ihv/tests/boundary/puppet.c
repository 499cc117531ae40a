/*
 * A library for the loader's tests: it does what Dot11ExtIhvControl tells it, and keeps what it was given.
 *
 * Compiled with -DTHIRD it exports the function about virtual stations, too, and knows whether somebody looked for it
 * before the service had begun.
 */
#include "portcullis_ihv.h"
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static DOT11EXT_APIS host;
static HANDLE adapter;
static int begun, early;
static pthread_t asker;

static struct {
    DWORD codes[3];
    DWORD lengths[2];
    uint8_t answers[2][16];
    BOOL is_virtual;
} heard;

static DOT11EXT_VIRTUAL_STATION_APIS stations;

#ifdef THIRD
static DWORD take(DOT11EXT_VIRTUAL_STATION_APIS *functions, LPVOID reserved)
{
    stations = *functions;
    return reserved ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
}

/* Called by whoever looks for the function. */
static void *resolve(void)
{
    early |= !begun;
    return (void *)take;
}

PORTCULLIS_EXPORT DWORD Dot11ExtIhvInitVirtualStation(DOT11EXT_VIRTUAL_STATION_APIS *functions, LPVOID reserved)
    __attribute__((ifunc("resolve")));
#endif

/* One function with an answer. */
static void *ask_once(void *unused)
{
    heard.lengths[1] = sizeof heard.answers[1];
    heard.codes[1] = host.Dot11ExtNicSpecificExtension(adapter, 4, (LPVOID) "what", &heard.lengths[1], heard.answers[1]);
    return unused;
}

/* All of them, one after another. */
static void *ask(void *unused)
{
    LPVOID kept = NULL;
    GUID primary;
    heard.codes[0] = host.Dot11ExtGetProfileCustomUserData(adapter, (HANDLE)1, 0, &heard.lengths[0], &kept);
    if (kept)
        memcpy(heard.answers[0], kept, heard.lengths[0]);
    host.Dot11ExtFreeBuffer(kept);
    heard.codes[2] = stations.Dot11ExtQueryVirtualStationProperties(adapter, &heard.is_virtual, &primary, NULL);
    return ask_once(unused);
}

static DWORD refuse(void) { return ERROR_NOT_SUPPORTED; }
static void nothing(void) {}

static DWORD init_adapter(DOT11_ADAPTER *what, HANDLE handle, HANDLE *name)
{
    adapter = handle;
    *name = &adapter;
    return what ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

/* Sends back what has come: the packet as it is, or a frame the other way round. */
static DWORD receive_packet(HANDLE handle, DWORD length, LPVOID buffer)
{
    static uint8_t sent[64];
    uint8_t *octets = buffer;
    if (handle != &adapter || length > sizeof sent)
        return ERROR_INVALID_PARAMETER;
    memcpy(sent, octets, length);
    if (length > 24 && octets[0] == 0x08 && octets[1] == 0x02) {
        sent[1] = 0x01;
        memcpy(sent + 4, octets + 10, 6);
        memcpy(sent + 10, octets + 4, 6);
        memcpy(sent + 16, octets + 10, 6);
    }
    return host.Dot11ExtSendPacket(adapter, length, sent, sent);
}

static DWORD tell(uint8_t *output, DWORD *returned)
{
    memcpy(output, &heard, sizeof heard);
    *returned = sizeof heard;
    return ERROR_SUCCESS;
}

static DWORD control(HANDLE handle, DWORD in, uint8_t *input, DWORD out, uint8_t *output, DWORD *returned)
{
    if (handle != &adapter || !in || out < sizeof heard)
        return ERROR_INVALID_PARAMETER;
    *returned = 0;
    switch (input[0]) {
    case 'a': /* A thread asks. */
        return pthread_create(&asker, NULL, ask, NULL) ? ERROR_NOT_ENOUGH_MEMORY : ERROR_SUCCESS;
    case 't': /* What the thread has heard. */
        pthread_join(asker, NULL);
        return tell(output, returned);
    case 'w': /* A thread asks, and this handler waits for it. */
        if (pthread_create(&asker, NULL, ask_once, NULL))
            return ERROR_NOT_ENOUGH_MEMORY;
        pthread_join(asker, NULL);
        return tell(output, returned);
    default:
        return ERROR_NOT_SUPPORTED;
    }
}

/* Asks from a handler that the host lends nothing to. */
static DWORD validate_profile(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                              DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity, DOT11EXT_IHV_SECURITY_PROFILE *security,
                              DWORD *reason)
{
    (void)handle, (void)parameters, (void)connectivity, (void)security, (void)reason;
    ask_once(NULL);
    return heard.codes[1];
}

DWORD Dot11ExtIhvGetVersionInfo(DOT11_IHV_VERSION_INFO *versions)
{
    versions->dwVerMin = versions->dwVerMax = 0;
    return ERROR_SUCCESS;
}

DWORD Dot11ExtIhvInitService(DWORD version, DOT11EXT_APIS *functions, LPVOID reserved, DOT11EXT_IHV_HANDLERS *handlers)
{
    DWORD (**row)(void) = (DWORD(**)(void))handlers;
    if (version || reserved || early)
        return ERROR_ACCESS_DENIED;
    host = *functions;
    for (size_t index = 0; index < sizeof *handlers / sizeof *row; index++)
        row[index] = refuse;
    handlers->Dot11ExtIhvDeinitService = nothing;
    handlers->Dot11ExtIhvDeinitAdapter = (DOT11EXTIHV_DEINIT_ADAPTER)nothing;
    handlers->Dot11ExtIhvInitAdapter = init_adapter;
    handlers->Dot11ExtIhvValidateProfile = validate_profile;
    handlers->Dot11ExtIhvReceivePacket = receive_packet;
    handlers->Dot11ExtIhvControl = control;
    begun = 1;
    return ERROR_SUCCESS;
}
