/*
 * A sample extension: a challenge and response of its own, with its own EtherType, in C on
 * include/portcullis_ihv.h. samples/README.md tells what the two sides say to each other.
 *
 *     cc -std=c11 -shared -fPIC -pthread -I ../../include -o libchallenge.so challenge.c
 *
 * One mutex is around everything, and one thread does what may not be done from inside a handler, or takes
 * time: it completes pre-associations, says hello again, and gives up. The host's functions are called with
 * the mutex held: a host never waits inside them for a handler of the same extension.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#define _POSIX_C_SOURCE 200809L
#include "portcullis_ihv_defaults.h"
#include "siphash.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* The second EtherType for local experiments (IEEE 802, 9.2.4), in network byte order. */
static const uint8_t ETHERTYPE[2] = {0x88, 0xb6};

enum { HELLO = 1, CHALLENGE = 2, RESPONSE = 3, WELCOME = 4 };
enum { SECRET = 16, NONCE = 16, PROOF = 8, ADDRESS = 6, HEADER = 8 };
/* How long an answer may take, and how often the station says hello. */
enum { PATIENCE_MS = 200, HELLOS = 3 };

/* What happens when a packet has come, and when the thread completes a pre-association; the samples that misbehave
 * have something else here. */
#ifndef ON_PACKET
#define ON_PACKET
#endif
#ifndef ON_COMPLETION
#define ON_COMPLETION
#endif

struct adapter {
    struct adapter *next;
    HANDLE host;
    uint8_t secret[SECRET];
    /* A pre-association that has begun and is to be completed. */
    HANDLE connection;
    bool preparing;
    /* A port, whether its operation goes on, and how far the conversation has come. */
    bool has_port, operating, challenged;
    HANDLE session;
    DOT11_MAC_ADDRESS peer;
    uint8_t nonce[NONCE];
    int hellos;
    int64_t deadline_ms;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_t worker;
static bool ends;
static struct adapter *adapters;
static DOT11EXT_APIS host;

/* Takes the lock, and finds an adapter. A handle is believed only if it is in the list. */
static struct adapter *enter(HANDLE handle)
{
    pthread_mutex_lock(&lock);
    struct adapter *adapter = adapters;
    while (adapter && adapter != handle)
        adapter = adapter->next;
    return adapter;
}

/* Gives the lock back, once it is known what the handler came to. The thread looks what is due. */
static DWORD leave(DWORD error)
{
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return error;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A secret goes with its port, or with its adapter (R21, R31). The compiler must not see that nobody reads it. */
static void wipe(uint8_t *secret)
{
    for (volatile uint8_t *octet = secret; octet < secret + SECRET; octet++)
        *octet = 0;
}

/* ---- The conversation ---- */

static void prove(const struct adapter *adapter, uint8_t kind, uint8_t proof[PROOF])
{
    uint8_t said[1 + NONCE + ADDRESS] = {kind};
    memcpy(said + 1, adapter->nonce, NONCE);
    memcpy(said + 1 + NONCE, adapter->peer, ADDRESS);
    uint64_t hash = siphash(adapter->secret, said, sizeof said);
    for (int index = 0; index < PROOF; index++)
        proof[index] = (uint8_t)(hash >> 8 * index);
}

/* How long it takes tells nobody how much of a guess was right. */
static bool is_same(const uint8_t *proof, const uint8_t *expected)
{
    uint8_t difference = 0;
    for (int index = 0; index < PROOF; index++)
        difference |= proof[index] ^ expected[index];
    return difference == 0;
}

/* The packet is the host's until send_packet_completion gets it back: its address is what it is called by. */
static DWORD send(const struct adapter *adapter, const uint8_t *data, size_t length)
{
    uint8_t *packet = malloc(HEADER + length);
    if (!packet)
        return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(packet, adapter->peer, ADDRESS);
    memcpy(packet + ADDRESS, ETHERTYPE, sizeof ETHERTYPE);
    memcpy(packet + HEADER, data, length);
    DWORD error = host.Dot11ExtSendPacket(adapter->host, (ULONG)(HEADER + length), packet, packet);
    if (error)
        free(packet);
    return error;
}

static DWORD send_packet_completion(HANDLE packet)
{
    free(packet);
    return ERROR_SUCCESS;
}

static DWORD say_hello(struct adapter *adapter)
{
    const uint8_t hello = HELLO;
    adapter->hellos++;
    adapter->deadline_ms = now_ms() + PATIENCE_MS;
    return send(adapter, &hello, 1);
}

static DWORD complete(struct adapter *adapter, DWORD reason, DWORD error)
{
    adapter->operating = false;
    return host.Dot11ExtPostAssociateCompletion(adapter->host, adapter->session, &adapter->peer, reason, error);
}

static DWORD understand(struct adapter *adapter, const uint8_t *data, size_t length)
{
    uint8_t response[1 + PROOF] = {RESPONSE}, proof[PROOF];
    if (length == 1 + NONCE && data[0] == CHALLENGE) {
        memcpy(adapter->nonce, data + 1, NONCE);
        adapter->challenged = true;
        prove(adapter, RESPONSE, response + 1);
        return send(adapter, response, sizeof response);
    }
    if (length != 1 + PROOF || data[0] != WELCOME || !adapter->challenged)
        return ERROR_INVALID_DATA;
    prove(adapter, WELCOME, proof);
    return is_same(proof, data + 1) ? complete(adapter, L2_REASON_CODE_SUCCESS, ERROR_SUCCESS) : ERROR_INVALID_DATA;
}

/* ---- The thread ---- */

/* Does what is due for an adapter. Returns when it wants to be called again. */
static int64_t go_on(struct adapter *adapter)
{
    if (adapter->preparing) {
        adapter->preparing = false;
        ON_COMPLETION;
        host.Dot11ExtPreAssociateCompletion(adapter->host, adapter->connection, L2_REASON_CODE_SUCCESS, ERROR_SUCCESS);
    }
    if (adapter->operating && adapter->deadline_ms <= now_ms()) {
        if (adapter->hellos < HELLOS)
            say_hello(adapter);
        else
            complete(adapter, L2_REASON_CODE_UNKNOWN, ERROR_TIMEOUT);
    }
    return adapter->operating ? adapter->deadline_ms : INT64_MAX;
}

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ends) {
        int64_t next = INT64_MAX;
        for (struct adapter *adapter = adapters; adapter; adapter = adapter->next) {
            int64_t wanted = go_on(adapter);
            next = wanted < next ? wanted : next;
        }
        struct timespec until = {.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000};
        if (next == INT64_MAX)
            pthread_cond_wait(&changed, &lock);
        else
            pthread_cond_timedwait(&changed, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

/* ---- The course of a connection ---- */

static DWORD init_adapter(DOT11_ADAPTER *what, HANDLE handle, HANDLE *name)
{
    struct adapter *adapter = calloc(1, sizeof *adapter);
    (void)what;
    if (!adapter)
        return ERROR_NOT_ENOUGH_MEMORY;
    enter(NULL);
    adapter->host = handle;
    adapter->next = adapters;
    *name = adapters = adapter;
    return leave(ERROR_SUCCESS);
}

static void deinit_adapter(HANDLE handle)
{
    struct adapter *adapter = enter(handle), **place = &adapters;
    while (*place && *place != adapter)
        place = &(*place)->next;
    if (adapter) {
        *place = adapter->next;
        wipe(adapter->secret);
        free(adapter);
    }
    leave(ERROR_SUCCESS);
}

/* The profile is <challenge secret="…"/> with 32 hex digits, and untrusted input (R09). */
static bool read_profile(const DOT11EXT_IHV_SECURITY_PROFILE *profile, uint8_t secret[SECRET])
{
    /* Each x is a digit. */
    const char *form = "<challenge secret=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"/>", *digits = "0123456789abcdef";
    const WCHAR *at = profile ? profile->pszXmlFragmentIhvSecurity : NULL;
    int count = 0;
    for (; at && *form; form++, at++) {
        const char *digit = *at && *at < 0x80 ? strchr(digits, *at >= 'A' && *at <= 'F' ? *at | 0x20 : *at) : NULL;
        if (*form != 'x' ? *at != (WCHAR)*form : !digit)
            return false;
        if (*form == 'x') {
            secret[count / 2] = (uint8_t)(secret[count / 2] << 4 | (digit - digits));
            count++;
        }
    }
    return at && *at == 0;
}

static DWORD validate_profile(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                              DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity, DOT11EXT_IHV_SECURITY_PROFILE *security,
                              DWORD *reason)
{
    uint8_t secret[SECRET] = {0};
    (void)handle, (void)parameters, (void)connectivity;
    bool valid = read_profile(security, secret);
    wipe(secret);
    *reason = valid ? L2_REASON_CODE_SUCCESS : L2_REASON_CODE_UNKNOWN;
    return valid ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

static DWORD perform_capability_match(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                      DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity,
                                      DOT11EXT_IHV_SECURITY_PROFILE *security, DOT11_BSS_LIST *networks, DWORD *reason)
{
    (void)networks;
    return validate_profile(handle, parameters, connectivity, security, reason);
}

/* Before the association. The thread completes it: from inside this handler that may not happen (R10). */
static DWORD perform_pre_associate(HANDLE handle, HANDLE connection, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                   DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity,
                                   DOT11EXT_IHV_SECURITY_PROFILE *security, DOT11_BSS_LIST *networks, DWORD *reason)
{
    enum { BACKLOG = 4 };
    USHORT ethertype;
    (void)networks;
    DWORD error = validate_profile(handle, parameters, connectivity, security, reason);
    if (error)
        return error;
    *reason = L2_REASON_CODE_UNKNOWN;
    memcpy(&ethertype, ETHERTYPE, sizeof ethertype);
    struct adapter *adapter = enter(handle);
    if (!adapter)
        return leave(ERROR_INVALID_HANDLE);
    error = host.Dot11ExtSetEtherTypeHandling(adapter->host, BACKLOG, 0, NULL, 1, &ethertype);
    if (!error)
        error = host.Dot11ExtSetAuthAlgorithm(adapter->host, DOT11_AUTH_ALGO_80211_OPEN);
    if (error)
        return leave(error);
    read_profile(security, adapter->secret);
    adapter->preparing = true;
    adapter->connection = connection;
    *reason = L2_REASON_CODE_SUCCESS;
    return leave(ERROR_SUCCESS);
}

/* The association stands, and its port is closed: the conversation begins. */
static DWORD perform_post_associate(HANDLE handle, HANDLE session, DOT11_PORT_STATE *port, ULONG length,
                                    DOT11_ASSOCIATION_COMPLETION_PARAMETERS *parameters)
{
    struct adapter *adapter = enter(handle);
    (void)length, (void)parameters;
    if (!adapter)
        return leave(ERROR_INVALID_HANDLE);
    memcpy(adapter->peer, port->PeerMacAddress, ADDRESS);
    adapter->session = session;
    adapter->hellos = 0;
    adapter->challenged = false;
    DWORD error = say_hello(adapter);
    adapter->has_port = adapter->operating = !error;
    return leave(error);
}

static DWORD receive_packet(HANDLE handle, DWORD length, LPVOID buffer)
{
    const uint8_t *packet = buffer;
    ON_PACKET;
    struct adapter *adapter = enter(handle);
    if (!adapter || !adapter->has_port)
        return leave(adapter ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE);
    if (length < HEADER)
        return leave(ERROR_INVALID_PARAMETER);
    /* Whatever is repeated when the operation is over changes nothing. */
    return leave(adapter->operating ? understand(adapter, packet + HEADER, length - HEADER) : ERROR_SUCCESS);
}

static DWORD stop_post_associate(HANDLE handle, DOT11_MAC_ADDRESS *peer, DOT11_ASSOC_STATUS status)
{
    struct adapter *adapter = enter(handle);
    (void)peer, (void)status;
    if (!adapter || !adapter->has_port)
        return leave(adapter ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE);
    adapter->has_port = adapter->operating = false;
    return leave(ERROR_SUCCESS);
}

/* As right after the adapter's arrival; what is pending is cancelled (R07). */
static DWORD adapter_reset(HANDLE handle)
{
    struct adapter *adapter = enter(handle);
    if (!adapter)
        return leave(ERROR_INVALID_HANDLE);
    if (adapter->preparing)
        host.Dot11ExtPreAssociateCompletion(adapter->host, adapter->connection, L2_REASON_CODE_UNKNOWN,
                                            ERROR_CANCELLED);
    if (adapter->operating)
        complete(adapter, L2_REASON_CODE_UNKNOWN, ERROR_CANCELLED);
    adapter->preparing = adapter->has_port = false;
    wipe(adapter->secret);
    return leave(ERROR_SUCCESS);
}

/* ---- The service, and the two exports ---- */

static void deinit_service(void)
{
    enter(NULL);
    ends = true;
    leave(ERROR_SUCCESS);
    pthread_join(worker, NULL);
}

DWORD Dot11ExtIhvGetVersionInfo(DOT11_IHV_VERSION_INFO *versions)
{
    versions->dwVerMin = versions->dwVerMax = 0;
    return ERROR_SUCCESS;
}

DWORD Dot11ExtIhvInitService(DWORD version, DOT11EXT_APIS *functions, LPVOID reserved, DOT11EXT_IHV_HANDLERS *handlers)
{
    pthread_condattr_t monotonic;
    (void)reserved;
    if (version != 0)
        return ERROR_REVISION_MISMATCH;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &monotonic);
    host = *functions;
    ends = false;
    if (pthread_create(&worker, NULL, work, NULL) != 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    *handlers = portcullis_default_handlers();
    handlers->Dot11ExtIhvDeinitService = deinit_service;
    handlers->Dot11ExtIhvInitAdapter = init_adapter;
    handlers->Dot11ExtIhvDeinitAdapter = deinit_adapter;
    handlers->Dot11ExtIhvPerformPreAssociate = perform_pre_associate;
    handlers->Dot11ExtIhvAdapterReset = adapter_reset;
    handlers->Dot11ExtIhvPerformPostAssociate = perform_post_associate;
    handlers->Dot11ExtIhvStopPostAssociate = stop_post_associate;
    handlers->Dot11ExtIhvValidateProfile = validate_profile;
    handlers->Dot11ExtIhvPerformCapabilityMatch = perform_capability_match;
    handlers->Dot11ExtIhvReceivePacket = receive_packet;
    handlers->Dot11ExtIhvSendPacketCompletion = send_packet_completion;
    return ERROR_SUCCESS;
}
