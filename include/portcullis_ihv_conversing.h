/*
 * An extension in C for an algorithm that is a conversation with the access point, and nothing besides: the handlers
 * around it, in the order in which a connection calls them. One that needs more, such as keys, begins with a copy.
 *
 * For POSIX threads; it belongs into one file of the library. That file describes its algorithm in a struct
 * portcullis_algorithm, and hands it to portcullis_begin() from its Dot11ExtIhvInitService.
 *
 * One mutex is around everything, and one thread does what may not be done from inside a handler, or takes time: it
 * completes pre-associations, and sees when it is the station's turn. The host's functions are called with the mutex
 * held: a host never waits inside them for a handler of the same extension.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef PORTCULLIS_IHV_CONVERSING_H
#define PORTCULLIS_IHV_CONVERSING_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "portcullis_ihv_defaults.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Reasons that this project's host explains to its user; docs/extension.md has all of them. */
#define PORTCULLIS_REASON_WRONG_SECRET_SUSPECTED 0x90101u
#define PORTCULLIS_REASON_INTERNAL 0x90600u

/* A port, which is closed or open. */
struct portcullis_port {
    HANDLE adapter, session;
    DOT11_MAC_ADDRESS access_point;
    /* What both sides know, from the profile. */
    uint8_t *secret;
    /* What the algorithm remembers; all zero at the beginning. */
    void *conversation;
    /* The port is there, and its operation is not completed. */
    bool is_up, is_pending;
    /* When it is the station's turn. */
    int64_t deadline_ms;
};

/* The station's side of an algorithm. The association is open. */
struct portcullis_algorithm {
    /* Of its packets, as a number. */
    USHORT ethertype;
    /* How long the access point may be silent. */
    int64_t patience_ms;
    /* How long the secret is, and what the algorithm remembers on a port: octets, at least one. */
    size_t secret_size, conversation_size;
    /* Reads the fragment of a profile, which is untrusted input (R09). */
    bool (*read_secret)(const WCHAR *fragment, uint8_t *secret);
    /* It is the station's turn: at the beginning, and whenever the patience has come to its end. Sooner or later it must
     * call portcullis_fail(). It is called on the thread. With an error the operation has failed. */
    DWORD (*speak)(struct portcullis_port *port);
    /* A packet has come: the octets after the EtherType. An error for one that is not understood. */
    DWORD (*answer)(struct portcullis_port *port, const uint8_t *packet, size_t length);
};

struct portcullis_adapter {
    struct portcullis_adapter *next;
    /* A pre-association that has begun and is to be completed. */
    HANDLE connection;
    bool is_preparing;
    struct portcullis_port port;
};

static struct {
    const struct portcullis_algorithm *algorithm;
    DOT11EXT_APIS host;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool ends;
    struct portcullis_adapter *adapters;
} portcullis;

/* ---- For the algorithm ---- */

/* Sends octets to the access point. The packet is the host's until it is completed: its address is what it is called by. */
static inline DWORD portcullis_say(const struct portcullis_port *port, const uint8_t *data, size_t length)
{
    const size_t header = sizeof port->access_point + 2;
    uint8_t *packet = (uint8_t *)malloc(header + length);
    if (!packet)
        return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(packet, port->access_point, sizeof port->access_point);
    packet[header - 2] = (uint8_t)(portcullis.algorithm->ethertype >> 8);
    packet[header - 1] = (uint8_t)portcullis.algorithm->ethertype;
    memcpy(packet + header, data, length);
    DWORD error = portcullis.host.Dot11ExtSendPacket(port->adapter, (ULONG)(header + length), packet, packet);
    if (error)
        free(packet);
    return error;
}

static inline DWORD portcullis_complete(struct portcullis_port *port, DWORD reason, DWORD error)
{
    port->is_pending = false;
    return portcullis.host.Dot11ExtPostAssociateCompletion(port->adapter, port->session, &port->access_point, reason,
                                                           error);
}

/* The access point has proved what it had to: the port opens. */
static inline DWORD portcullis_open(struct portcullis_port *port)
{
    return portcullis_complete(port, L2_REASON_CODE_SUCCESS, ERROR_SUCCESS);
}

/* The operation has failed, for this reason. */
static inline DWORD portcullis_fail(struct portcullis_port *port, DWORD reason)
{
    return portcullis_complete(port, reason, ERROR_TIMEOUT);
}

/* The compiler must not see that nobody reads these octets any more. */
static inline void portcullis_wipe(void *octets, size_t length)
{
    for (volatile uint8_t *octet = (volatile uint8_t *)octets; length--; octet++)
        *octet = 0;
}

/* How long it takes tells nobody how much of a guess was right. */
static inline bool portcullis_is_same(const uint8_t *one, const uint8_t *other, size_t length)
{
    uint8_t difference = 0;
    while (length--)
        difference |= *one++ ^ *other++;
    return difference == 0;
}

/* Reads `before`, so many octets in hex digits, and `behind`, which are all of the text. */
static inline bool portcullis_read_hex(const WCHAR *text, const char *before, uint8_t *octets, size_t length,
                                       const char *behind)
{
    const char *digits = "0123456789abcdef";
    for (; *before; before++, text++)
        if (*text != (WCHAR)*before)
            return false;
    for (size_t count = 0; count < 2 * length; count++, text++) {
        char digit = *text >= 'A' && *text <= 'F' ? (char)(*text | 0x20) : (char)*text;
        const char *place = *text && *text < 0x80 ? strchr(digits, digit) : NULL;
        if (!place)
            return false;
        octets[count / 2] = (uint8_t)(octets[count / 2] << 4 | (place - digits));
    }
    for (; *behind; behind++, text++)
        if (*text != (WCHAR)*behind)
            return false;
    return *text == 0;
}

/* ---- The lock and the thread ---- */

/* Takes the lock, and finds an adapter. A handle is believed only if it is in the list. */
static inline struct portcullis_adapter *portcullis_enter(HANDLE handle)
{
    pthread_mutex_lock(&portcullis.lock);
    struct portcullis_adapter *adapter = portcullis.adapters;
    while (adapter && adapter != handle)
        adapter = adapter->next;
    return adapter;
}

/* Gives the lock back, once it is known what the handler came to. The thread looks what is due. */
static inline DWORD portcullis_leave(DWORD error)
{
    pthread_cond_signal(&portcullis.changed);
    pthread_mutex_unlock(&portcullis.lock);
    return error;
}

static inline int64_t portcullis_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Does what is due for an adapter. Returns when it wants to be called again. */
static inline int64_t portcullis_go_on(struct portcullis_adapter *adapter)
{
    struct portcullis_port *port = &adapter->port;
    if (adapter->is_preparing) {
        adapter->is_preparing = false;
        portcullis.host.Dot11ExtPreAssociateCompletion(port->adapter, adapter->connection, L2_REASON_CODE_SUCCESS,
                                                       ERROR_SUCCESS);
    }
    if (port->is_pending && port->deadline_ms <= portcullis_now_ms()) {
        port->deadline_ms = portcullis_now_ms() + portcullis.algorithm->patience_ms;
        DWORD error = portcullis.algorithm->speak(port);
        if (error && port->is_pending)
            portcullis_complete(port, PORTCULLIS_REASON_INTERNAL, error);
    }
    return port->is_pending ? port->deadline_ms : INT64_MAX;
}

static inline void *portcullis_work(void *unused)
{
    pthread_mutex_lock(&portcullis.lock);
    while (!portcullis.ends) {
        int64_t next = INT64_MAX;
        for (struct portcullis_adapter *adapter = portcullis.adapters; adapter; adapter = adapter->next) {
            int64_t wanted = portcullis_go_on(adapter);
            next = wanted < next ? wanted : next;
        }
        struct timespec until;
        until.tv_sec = next / 1000;
        until.tv_nsec = next % 1000 * 1000000;
        if (next == INT64_MAX)
            pthread_cond_wait(&portcullis.changed, &portcullis.lock);
        else
            pthread_cond_timedwait(&portcullis.changed, &portcullis.lock, &until);
    }
    pthread_mutex_unlock(&portcullis.lock);
    return unused;
}

/* ---- The handlers ---- */

static inline void portcullis_free(struct portcullis_adapter *adapter)
{
    if (adapter->port.secret)
        portcullis_wipe(adapter->port.secret, portcullis.algorithm->secret_size);
    if (adapter->port.conversation)
        portcullis_wipe(adapter->port.conversation, portcullis.algorithm->conversation_size);
    free(adapter->port.secret);
    free(adapter->port.conversation);
    free(adapter);
}

static inline DWORD PORTCULLIS_CALL portcullis_init_adapter(DOT11_ADAPTER *what, HANDLE handle, HANDLE *name)
{
    struct portcullis_adapter *adapter = (struct portcullis_adapter *)calloc(1, sizeof *adapter);
    (void)what;
    if (!adapter)
        return ERROR_NOT_ENOUGH_MEMORY;
    adapter->port.adapter = handle;
    adapter->port.secret = (uint8_t *)calloc(1, portcullis.algorithm->secret_size);
    adapter->port.conversation = calloc(1, portcullis.algorithm->conversation_size);
    if (!adapter->port.secret || !adapter->port.conversation) {
        portcullis_free(adapter);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    portcullis_enter(NULL);
    adapter->next = portcullis.adapters;
    *name = portcullis.adapters = adapter;
    return portcullis_leave(ERROR_SUCCESS);
}

static inline void PORTCULLIS_CALL portcullis_deinit_adapter(HANDLE handle)
{
    struct portcullis_adapter *adapter = portcullis_enter(handle), **place = &portcullis.adapters;
    while (*place && *place != adapter)
        place = &(*place)->next;
    if (adapter) {
        *place = adapter->next;
        portcullis_free(adapter);
    }
    portcullis_leave(ERROR_SUCCESS);
}

static inline DWORD portcullis_read_profile(const DOT11EXT_IHV_SECURITY_PROFILE *security, uint8_t *secret, DWORD *reason)
{
    const WCHAR *fragment = security ? security->pszXmlFragmentIhvSecurity : NULL;
    bool is_valid = fragment && portcullis.algorithm->read_secret(fragment, secret);
    *reason = is_valid ? L2_REASON_CODE_SUCCESS : L2_REASON_CODE_UNKNOWN;
    return is_valid ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

static inline DWORD PORTCULLIS_CALL portcullis_validate_profile(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                                                DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity,
                                                                DOT11EXT_IHV_SECURITY_PROFILE *security, DWORD *reason)
{
    uint8_t *secret = (uint8_t *)calloc(1, portcullis.algorithm->secret_size);
    (void)handle, (void)parameters, (void)connectivity;
    *reason = L2_REASON_CODE_UNKNOWN;
    if (!secret)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD error = portcullis_read_profile(security, secret, reason);
    portcullis_wipe(secret, portcullis.algorithm->secret_size);
    free(secret);
    return error;
}

/* Whatever networks are there: the profile could connect if it is valid. */
static inline DWORD PORTCULLIS_CALL portcullis_match_capability(HANDLE handle, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
                                                                DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity,
                                                                DOT11EXT_IHV_SECURITY_PROFILE *security,
                                                                DOT11_BSS_LIST *networks, DWORD *reason)
{
    (void)networks;
    return portcullis_validate_profile(handle, parameters, connectivity, security, reason);
}

/* Before the association. The thread completes it: from inside this handler that may not happen (R10). */
static inline DWORD PORTCULLIS_CALL portcullis_perform_pre_associate(
    HANDLE handle, HANDLE connection, DOT11EXT_IHV_PROFILE_PARAMS *parameters,
    DOT11EXT_IHV_CONNECTIVITY_PROFILE *connectivity, DOT11EXT_IHV_SECURITY_PROFILE *security, DOT11_BSS_LIST *networks,
    DWORD *reason)
{
    /* Neither side says two things at once. */
    enum { BACKLOG = 4 };
    const USHORT number = portcullis.algorithm->ethertype;
    const uint8_t octets[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    USHORT ethertype;
    (void)networks;
    memcpy(&ethertype, octets, sizeof ethertype);
    DWORD error = portcullis_validate_profile(handle, parameters, connectivity, security, reason);
    if (error)
        return error;
    *reason = L2_REASON_CODE_UNKNOWN;
    struct portcullis_adapter *adapter = portcullis_enter(handle);
    if (!adapter)
        return portcullis_leave(ERROR_INVALID_HANDLE);
    error = portcullis.host.Dot11ExtSetEtherTypeHandling(adapter->port.adapter, BACKLOG, 0, NULL, 1, &ethertype);
    if (!error)
        error = portcullis.host.Dot11ExtSetAuthAlgorithm(adapter->port.adapter, DOT11_AUTH_ALGO_80211_OPEN);
    if (error)
        return portcullis_leave(error);
    adapter->is_preparing = true;
    adapter->connection = connection;
    return portcullis_leave(portcullis_read_profile(security, adapter->port.secret, reason));
}

/* The association stands, and its port is closed: it is the station's turn, at once. */
static inline DWORD PORTCULLIS_CALL portcullis_perform_post_associate(HANDLE handle, HANDLE session,
                                                                      DOT11_PORT_STATE *state, ULONG length,
                                                                      DOT11_ASSOCIATION_COMPLETION_PARAMETERS *parameters)
{
    struct portcullis_adapter *adapter = portcullis_enter(handle);
    (void)length, (void)parameters;
    if (!adapter)
        return portcullis_leave(ERROR_INVALID_HANDLE);
    struct portcullis_port *port = &adapter->port;
    portcullis_wipe(port->conversation, portcullis.algorithm->conversation_size);
    memcpy(port->access_point, state->PeerMacAddress, sizeof port->access_point);
    port->session = session;
    port->deadline_ms = portcullis_now_ms();
    port->is_up = port->is_pending = true;
    return portcullis_leave(ERROR_SUCCESS);
}

/* What is repeated when the operation is over changes nothing. */
static inline DWORD PORTCULLIS_CALL portcullis_receive_packet(HANDLE handle, DWORD length, LPVOID buffer)
{
    const size_t header = sizeof(DOT11_MAC_ADDRESS) + 2;
    struct portcullis_adapter *adapter = portcullis_enter(handle);
    if (!adapter || !adapter->port.is_up)
        return portcullis_leave(adapter ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE);
    if (length < header)
        return portcullis_leave(ERROR_INVALID_PARAMETER);
    if (!adapter->port.is_pending)
        return portcullis_leave(ERROR_SUCCESS);
    const uint8_t *packet = (const uint8_t *)buffer;
    return portcullis_leave(portcullis.algorithm->answer(&adapter->port, packet + header, length - header));
}

static inline DWORD PORTCULLIS_CALL portcullis_send_packet_completion(HANDLE packet)
{
    free(packet);
    return ERROR_SUCCESS;
}

static inline DWORD PORTCULLIS_CALL portcullis_stop_post_associate(HANDLE handle, DOT11_MAC_ADDRESS *peer,
                                                                   DOT11_ASSOC_STATUS status)
{
    struct portcullis_adapter *adapter = portcullis_enter(handle);
    (void)peer, (void)status;
    if (!adapter || !adapter->port.is_up)
        return portcullis_leave(adapter ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE);
    adapter->port.is_up = adapter->port.is_pending = false;
    portcullis_wipe(adapter->port.conversation, portcullis.algorithm->conversation_size);
    return portcullis_leave(ERROR_SUCCESS);
}

/* As right after the adapter's arrival; what is pending is cancelled (R07). */
static inline DWORD PORTCULLIS_CALL portcullis_adapter_reset(HANDLE handle)
{
    struct portcullis_adapter *adapter = portcullis_enter(handle);
    if (!adapter)
        return portcullis_leave(ERROR_INVALID_HANDLE);
    struct portcullis_port *port = &adapter->port;
    if (adapter->is_preparing)
        portcullis.host.Dot11ExtPreAssociateCompletion(port->adapter, adapter->connection, L2_REASON_CODE_UNKNOWN,
                                                       ERROR_CANCELLED);
    if (port->is_pending)
        portcullis_complete(port, L2_REASON_CODE_UNKNOWN, ERROR_CANCELLED);
    adapter->is_preparing = port->is_up = false;
    portcullis_wipe(port->secret, portcullis.algorithm->secret_size);
    portcullis_wipe(port->conversation, portcullis.algorithm->conversation_size);
    return portcullis_leave(ERROR_SUCCESS);
}

/* ---- The service ---- */

static inline void PORTCULLIS_CALL portcullis_deinit_service(void)
{
    portcullis_enter(NULL);
    portcullis.ends = true;
    portcullis_leave(ERROR_SUCCESS);
    pthread_join(portcullis.thread, NULL);
    pthread_cond_destroy(&portcullis.changed);
    pthread_mutex_destroy(&portcullis.lock);
}

/* Begins the service, and fills the table of its handlers. */
static inline DWORD portcullis_begin(const struct portcullis_algorithm *algorithm, DWORD version,
                                     const DOT11EXT_APIS *functions, DOT11EXT_IHV_HANDLERS *handlers)
{
    pthread_condattr_t monotonic;
    if (version != 0)
        return ERROR_REVISION_MISMATCH;
    portcullis.algorithm = algorithm;
    portcullis.host = *functions;
    portcullis.ends = false;
    pthread_mutex_init(&portcullis.lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&portcullis.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&portcullis.thread, NULL, portcullis_work, NULL) != 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    *handlers = portcullis_default_handlers();
    handlers->Dot11ExtIhvDeinitService = portcullis_deinit_service;
    handlers->Dot11ExtIhvInitAdapter = portcullis_init_adapter;
    handlers->Dot11ExtIhvDeinitAdapter = portcullis_deinit_adapter;
    handlers->Dot11ExtIhvPerformPreAssociate = portcullis_perform_pre_associate;
    handlers->Dot11ExtIhvAdapterReset = portcullis_adapter_reset;
    handlers->Dot11ExtIhvPerformPostAssociate = portcullis_perform_post_associate;
    handlers->Dot11ExtIhvStopPostAssociate = portcullis_stop_post_associate;
    handlers->Dot11ExtIhvValidateProfile = portcullis_validate_profile;
    handlers->Dot11ExtIhvPerformCapabilityMatch = portcullis_match_capability;
    handlers->Dot11ExtIhvReceivePacket = portcullis_receive_packet;
    handlers->Dot11ExtIhvSendPacketCompletion = portcullis_send_packet_completion;
    return ERROR_SUCCESS;
}

#endif
