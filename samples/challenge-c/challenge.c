/*
 * A sample extension: a challenge and response of its own, with its own EtherType, in C. samples/README.md tells what
 * the two sides say to each other.
 *
 *     cc -std=c11 -shared -fPIC -pthread -I ../../include -o libchallenge.so challenge.c
 *
 * It has the algorithm. The handlers around it are those of portcullis_ihv_conversing.h, which is the next to be read.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "portcullis_ihv_conversing.h"
#include "siphash.h"

enum { HELLO = 1, CHALLENGE = 2, RESPONSE = 3, WELCOME = 4 };
enum { SECRET = 16, NONCE = 16, PROOF = 8 };
/* How often the station says hello. */
enum { HELLOS = 3 };

/* What happens when a packet has come, and when it is the station's turn; the samples that misbehave have something else
 * here. */
#ifndef ON_PACKET
#define ON_PACKET
#endif
#ifndef ON_TURN
#define ON_TURN
#endif

/* What is remembered on a port. */
struct challenge {
    int hellos;
    bool has_nonce;
    uint8_t nonce[NONCE];
};

/* <challenge secret="…"/>, with 32 hex digits. */
static bool read_secret(const WCHAR *fragment, uint8_t *secret)
{
    return portcullis_read_hex(fragment, "<challenge secret=\"", secret, SECRET, "\"/>");
}

/* Nobody refuses in this algorithm: a wrong response is met with silence. */
static DWORD speak(struct portcullis_port *port)
{
    struct challenge *challenge = port->conversation;
    const uint8_t hello = HELLO;
    ON_TURN;
    if (challenge->hellos++ < HELLOS)
        return portcullis_say(port, &hello, 1);
    return portcullis_fail(port, challenge->has_nonce ? PORTCULLIS_REASON_WRONG_SECRET_SUSPECTED : L2_REASON_CODE_UNKNOWN);
}

/* A MAC under the secret, lowest octet first: of the packet's kind, the nonce and the access point's address. */
static void prove(const struct portcullis_port *port, uint8_t kind, uint8_t proof[PROOF])
{
    const struct challenge *challenge = port->conversation;
    uint8_t said[1 + NONCE + sizeof port->access_point] = {kind};
    memcpy(said + 1, challenge->nonce, NONCE);
    memcpy(said + 1 + NONCE, port->access_point, sizeof port->access_point);
    uint64_t hash = siphash(port->secret, said, sizeof said);
    for (int index = 0; index < PROOF; index++)
        proof[index] = (uint8_t)(hash >> 8 * index);
}

/* A challenge is answered; a welcome proves that the access point knows the secret, too. */
static DWORD answer(struct portcullis_port *port, const uint8_t *packet, size_t length)
{
    struct challenge *challenge = port->conversation;
    uint8_t response[1 + PROOF] = {RESPONSE}, proof[PROOF];
    ON_PACKET;
    if (length == 1 + NONCE && packet[0] == CHALLENGE) {
        memcpy(challenge->nonce, packet + 1, NONCE);
        challenge->has_nonce = true;
        prove(port, RESPONSE, response + 1);
        return portcullis_say(port, response, sizeof response);
    }
    if (length != 1 + PROOF || packet[0] != WELCOME || !challenge->has_nonce)
        return ERROR_INVALID_DATA;
    prove(port, WELCOME, proof);
    return portcullis_is_same(proof, packet + 1, PROOF) ? portcullis_open(port) : ERROR_INVALID_DATA;
}

static const struct portcullis_algorithm algorithm = {
    /* The second one for local experiments (IEEE 802, 9.2.4). */
    .ethertype = 0x88b6,
    .patience_ms = 200,
    .secret_size = SECRET,
    .conversation_size = sizeof(struct challenge),
    .read_secret = read_secret,
    .speak = speak,
    .answer = answer,
};

DWORD Dot11ExtIhvGetVersionInfo(DOT11_IHV_VERSION_INFO *versions)
{
    versions->dwVerMin = versions->dwVerMax = 0;
    return ERROR_SUCCESS;
}

DWORD Dot11ExtIhvInitService(DWORD version, DOT11EXT_APIS *functions, LPVOID reserved, DOT11EXT_IHV_HANDLERS *handlers)
{
    (void)reserved;
    return portcullis_begin(&algorithm, version, functions, handlers);
}
