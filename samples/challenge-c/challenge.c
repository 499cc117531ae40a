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
#include "portcullis_ihv.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
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
    bool preparing;
    HANDLE connection;
    /* A port, and whether its operation goes on. */
    bool has_port, operating;
    HANDLE session;
    DOT11_MAC_ADDRESS peer;
    bool challenged;
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

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A handle is believed only if it is in the list. */
static struct adapter *find(HANDLE handle)
{
    struct adapter *adapter = adapters;
    while (adapter && adapter != handle)
        adapter = adapter->next;
    return adapter;
}

/* ---- What proves the secret: SipHash-2-4 (Aumasson and Bernstein) ---- */

static uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static uint64_t little_endian(const uint8_t *octets, size_t count)
{
    uint64_t value = 0;
    while (count--)
        value = value << 8 | octets[count];
    return value;
}

static void rounds(uint64_t v[4], int count)
{
    while (count--) {
        v[0] += v[1], v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1], v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t siphash(const uint8_t key[SECRET], const uint8_t *data, size_t length)
{
    uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    size_t at = 0;
    for (; length - at >= 8; at += 8) {
        uint64_t word = little_endian(data + at, 8);
        v[3] ^= word;
        rounds(v, 2);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)length << 56 | little_endian(data + at, length - at);
    v[3] ^= last;
    rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void prove(const struct adapter *adapter, uint8_t kind, uint8_t proof[PROOF])
{
    uint8_t said[1 + NONCE + ADDRESS] = {kind};
    memcpy(said + 1, adapter->nonce, NONCE);
    memcpy(said + 1 + NONCE, adapter->peer, ADDRESS);
    uint64_t hash = siphash(adapter->secret, said, sizeof said);
    for (int index = 0; index < PROOF; index++)
        proof[index] = (uint8_t)(hash >> 8 * index);
}

/* ---- Packets ---- */

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

static DWORD understand(struct adapter *adapter, const uint8_t *data, size_t length)
{
    if (length == 1 + NONCE && data[0] == CHALLENGE) {
        uint8_t response[1 + PROOF] = {RESPONSE};
        memcpy(adapter->nonce, data + 1, NONCE);
        adapter->challenged = true;
        prove(adapter, RESPONSE, response + 1);
        return send(adapter, response, sizeof response);
    }
    uint8_t proof[PROOF];
    if (length != 1 + PROOF || data[0] != WELCOME || !adapter->challenged)
        return ERROR_INVALID_DATA;
    prove(adapter, WELCOME, proof);
    if (memcmp(proof, data + 1, PROOF) != 0)
        return ERROR_INVALID_DATA;
    adapter->operating = false;
    return host.Dot11ExtPostAssociateCompletion(adapter->host, adapter->session, &adapter->peer,
                                                L2_REASON_CODE_SUCCESS, ERROR_SUCCESS);
}

static DWORD receive_packet(HANDLE handle, DWORD length, LPVOID buffer)
{
    const uint8_t *packet = buffer;
    DWORD error = ERROR_INVALID_HANDLE;
    ON_PACKET;
    pthread_mutex_lock(&lock);
    struct adapter *adapter = find(handle);
    if (adapter && !adapter->has_port)
        error = ERROR_NOT_FOUND;
    else if (adapter && length < HEADER)
        error = ERROR_INVALID_PARAMETER;
    else if (adapter)
        /* Whatever is repeated when the operation is over changes nothing. */
        error = adapter->operating ? understand(adapter, packet + HEADER, length - HEADER) : ERROR_SUCCESS;
    pthread_mutex_unlock(&lock);
    return error;
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
    if (!adapter->operating)
        return INT64_MAX;
    if (adapter->deadline_ms > now_ms())
        return adapter->deadline_ms;
    if (adapter->hellos < HELLOS) {
        say_hello(adapter);
        return adapter->deadline_ms;
    }
    adapter->operating = false;
    host.Dot11ExtPostAssociateCompletion(adapter->host, adapter->session, &adapter->peer, L2_REASON_CODE_UNKNOWN,
                                         ERROR_TIMEOUT);
    return INT64_MAX;
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
        if (next == INT64_MAX) {
            pthread_cond_wait(&changed, &lock);
        } else {
            struct timespec until = {.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000};
            pthread_cond_timedwait(&changed, &lock, &until);
        }
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
    pthread_mutex_lock(&lock);
    adapter->host = handle;
    adapter->next = adapters;
    adapters = adapter;
    pthread_mutex_unlock(&lock);
    *name = adapter;
    return ERROR_SUCCESS;
}

/* The secret goes with the port, or with the adapter (R21, R31). The compiler must not see that nobody reads it. */
static void wipe(uint8_t *secret)
{
    volatile uint8_t *octets = secret;
    for (int index = 0; index < SECRET; index++)
        octets[index] = 0;
}

static void deinit_adapter(HANDLE handle)
{
    pthread_mutex_lock(&lock);
    for (struct adapter **place = &adapters; *place; place = &(*place)->next) {
        struct adapter *adapter = *place;
        if (adapter == handle) {
            *place = adapter->next;
            wipe(adapter->secret);
            free(adapter);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static int digit(WCHAR character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* The profile is <challenge secret="…"/> with 32 hex digits, and untrusted input (R09). */
static bool read_profile(const DOT11EXT_IHV_SECURITY_PROFILE *profile, uint8_t secret[SECRET])
{
    const WCHAR *at = profile ? profile->pszXmlFragmentIhvSecurity : NULL;
    if (!at)
        return false;
    for (const char *expected = "<challenge secret=\""; *expected; expected++)
        if (*at++ != (WCHAR)*expected)
            return false;
    for (int index = 0; index < SECRET; index++) {
        int high = digit(*at++), low = high < 0 ? -1 : digit(*at++);
        if (low < 0)
            return false;
        secret[index] = (uint8_t)(high << 4 | low);
    }
    for (const char *expected = "\"/>"; *expected; expected++)
        if (*at++ != (WCHAR)*expected)
            return false;
    return *at == 0;
}

/* Before the association. The thread completes it: from inside this handler that may not happen (R10). */
static DWORD perform_pre_associate(HANDLE handle, HANDLE connection, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                   DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity,
                                   DOT11EXT_IHV_SECURITY_PROFILE *security, DOT11_BSS_LIST *networks, DWORD *reason)
{
    enum { BACKLOG = 4, OPEN = 1 };
    USHORT ethertype;
    uint8_t secret[SECRET];
    DWORD error = ERROR_INVALID_HANDLE;
    (void)parameters, (void)connectivity, (void)networks;
    *reason = L2_REASON_CODE_UNKNOWN;
    if (!read_profile(security, secret))
        return ERROR_INVALID_DATA;
    memcpy(&ethertype, ETHERTYPE, sizeof ethertype);
    pthread_mutex_lock(&lock);
    struct adapter *adapter = find(handle);
    if (adapter)
        error = host.Dot11ExtSetEtherTypeHandling(adapter->host, BACKLOG, 0, NULL, 1, &ethertype);
    if (!error)
        error = host.Dot11ExtSetAuthAlgorithm(adapter->host, OPEN);
    if (!error) {
        memcpy(adapter->secret, secret, SECRET);
        adapter->preparing = true;
        adapter->connection = connection;
        *reason = L2_REASON_CODE_SUCCESS;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    wipe(secret);
    return error;
}

/* The association stands, and its port is closed: the conversation begins. */
static DWORD perform_post_associate(HANDLE handle, HANDLE session, DOT11_PORT_STATE *port, ULONG length,
                                    DOT11_ASSOCIATION_COMPLETION_PARAMETERS *parameters)
{
    DWORD error = ERROR_INVALID_HANDLE;
    (void)length, (void)parameters;
    pthread_mutex_lock(&lock);
    struct adapter *adapter = find(handle);
    if (adapter) {
        memcpy(adapter->peer, port->PeerMacAddress, ADDRESS);
        adapter->hellos = 0;
        adapter->challenged = false;
        error = say_hello(adapter);
    }
    if (!error) {
        adapter->session = session;
        adapter->has_port = adapter->operating = true;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

static DWORD stop_post_associate(HANDLE handle, DOT11_MAC_ADDRESS *peer, DOT11_ASSOC_STATUS status)
{
    DWORD error = ERROR_INVALID_HANDLE;
    (void)peer, (void)status;
    pthread_mutex_lock(&lock);
    struct adapter *adapter = find(handle);
    if (adapter) {
        error = adapter->has_port ? ERROR_SUCCESS : ERROR_NOT_FOUND;
        adapter->has_port = adapter->operating = false;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* As right after the adapter's arrival; what is pending is cancelled (R07). */
static DWORD adapter_reset(HANDLE handle)
{
    DWORD error = ERROR_INVALID_HANDLE;
    pthread_mutex_lock(&lock);
    struct adapter *adapter = find(handle);
    if (adapter) {
        if (adapter->preparing)
            host.Dot11ExtPreAssociateCompletion(adapter->host, adapter->connection, L2_REASON_CODE_UNKNOWN,
                                                ERROR_CANCELLED);
        if (adapter->operating)
            host.Dot11ExtPostAssociateCompletion(adapter->host, adapter->session, &adapter->peer,
                                                 L2_REASON_CODE_UNKNOWN, ERROR_CANCELLED);
        adapter->preparing = adapter->has_port = adapter->operating = false;
        wipe(adapter->secret);
        error = ERROR_SUCCESS;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

static DWORD validate_profile(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                              DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity, DOT11EXT_IHV_SECURITY_PROFILE *security,
                              DWORD *reason)
{
    uint8_t secret[SECRET];
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

/* ---- What the algorithm has no use for ---- */

static DWORD create_discovery_profiles(HANDLE handle, BOOL insecure, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                       DOT11_BSS_LIST *networks, DOT11EXT_IHV_DISCOVERY_PROFILE_LIST *profiles,
                                       DWORD *reason)
{
    (void)handle, (void)insecure, (void)parameters, (void)networks;
    memset(profiles, 0, sizeof *profiles);
    *reason = L2_REASON_CODE_SUCCESS;
    return ERROR_SUCCESS;
}

static DWORD process_session_change(ULONG event, WTSSESSION_NOTIFICATION *notification)
{
    (void)event, (void)notification;
    return ERROR_SUCCESS;
}

static DWORD receive_indication(HANDLE handle, DOT11EXT_IHV_INDICATION_TYPE kind, ULONG length, LPVOID buffer)
{
    (void)handle, (void)kind, (void)length, (void)buffer;
    return ERROR_SUCCESS;
}

static DWORD is_ui_request_pending(GUID request, BOOL *pending)
{
    (void)request;
    *pending = 0;
    return ERROR_SUCCESS;
}

static DWORD process_ui_response(GUID request, DWORD length, LPVOID response)
{
    (void)request, (void)length, (void)response;
    return ERROR_NOT_FOUND;
}

static DWORD query_ui_request(HANDLE handle, DOT11EXT_IHV_CONNECTION_PHASE phase, DOT11EXT_IHV_UI_REQUEST **request)
{
    (void)handle, (void)phase;
    *request = NULL;
    return ERROR_SUCCESS;
}

static DWORD onex_indicate_result(HANDLE handle, DOT11_MSONEX_RESULT result, DOT11_MSONEX_RESULT_PARAMS *parameters)
{
    (void)handle, (void)result, (void)parameters;
    return ERROR_INVALID_STATE;
}

static DWORD control(HANDLE handle, DWORD in, uint8_t *input, DWORD out, uint8_t *output, DWORD *returned)
{
    (void)handle, (void)in, (void)input, (void)out, (void)output;
    *returned = 0;
    return ERROR_NOT_SUPPORTED;
}

/* ---- The service, and the two exports ---- */

static void deinit_service(void)
{
    pthread_mutex_lock(&lock);
    ends = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
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
    *handlers = (DOT11EXT_IHV_HANDLERS){
        .Dot11ExtIhvDeinitService = deinit_service,
        .Dot11ExtIhvInitAdapter = init_adapter,
        .Dot11ExtIhvDeinitAdapter = deinit_adapter,
        .Dot11ExtIhvPerformPreAssociate = perform_pre_associate,
        .Dot11ExtIhvAdapterReset = adapter_reset,
        .Dot11ExtIhvPerformPostAssociate = perform_post_associate,
        .Dot11ExtIhvStopPostAssociate = stop_post_associate,
        .Dot11ExtIhvValidateProfile = validate_profile,
        .Dot11ExtIhvPerformCapabilityMatch = perform_capability_match,
        .Dot11ExtIhvCreateDiscoveryProfiles = create_discovery_profiles,
        .Dot11ExtIhvProcessSessionChange = process_session_change,
        .Dot11ExtIhvReceiveIndication = receive_indication,
        .Dot11ExtIhvReceivePacket = receive_packet,
        .Dot11ExtIhvSendPacketCompletion = send_packet_completion,
        .Dot11ExtIhvIsUIRequestPending = is_ui_request_pending,
        .Dot11ExtIhvProcessUIResponse = process_ui_response,
        .Dot11ExtIhvQueryUIRequest = query_ui_request,
        .Dot11ExtIhvOnexIndicateResult = onex_indicate_result,
        .Dot11ExtIhvControl = control,
    };
    return ERROR_SUCCESS;
}
