/*
 * Handlers for an extension in C that has no use for them. It begins with portcullis_default_handlers(), names its own
 * in their places, and must name those that have no default: the adapter, the profile, the port and its packets.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef PORTCULLIS_IHV_DEFAULTS_H
#define PORTCULLIS_IHV_DEFAULTS_H

#include "portcullis_ihv.h"
#include <string.h>

/* No profile is proposed. */
static inline DWORD PORTCULLIS_CALL portcullis_no_discovery_profiles(
    HANDLE adapter, BOOL insecure, DOT11EXT_IHV_PROFILE_PARAMS *parameters, DOT11_BSS_LIST *networks,
    DOT11EXT_IHV_DISCOVERY_PROFILE_LIST *profiles, DWORD *reason)
{
    (void)adapter, (void)insecure, (void)parameters, (void)networks;
    memset(profiles, 0, sizeof *profiles);
    *reason = L2_REASON_CODE_SUCCESS;
    return ERROR_SUCCESS;
}

/* Users come and go. */
static inline DWORD PORTCULLIS_CALL portcullis_ignore_session_change(ULONG event, WTSSESSION_NOTIFICATION *change)
{
    (void)event, (void)change;
    return ERROR_SUCCESS;
}

/* The adapter tells nothing that matters. */
static inline DWORD PORTCULLIS_CALL portcullis_ignore_indication(HANDLE adapter, DOT11EXT_IHV_INDICATION_TYPE kind,
                                                                 ULONG length, LPVOID buffer)
{
    (void)adapter, (void)kind, (void)length, (void)buffer;
    return ERROR_SUCCESS;
}

/* The user is asked nothing. */
static inline DWORD PORTCULLIS_CALL portcullis_no_ui_request_pending(GUID request, BOOL *pending)
{
    (void)request;
    *pending = 0;
    return ERROR_SUCCESS;
}

/* And so has not answered anything. */
static inline DWORD PORTCULLIS_CALL portcullis_refuse_ui_response(GUID request, DWORD length, LPVOID response)
{
    (void)request, (void)length, (void)response;
    return ERROR_NOT_FOUND;
}

/* And will be asked nothing. */
static inline DWORD PORTCULLIS_CALL portcullis_no_ui_request(HANDLE adapter, DOT11EXT_IHV_CONNECTION_PHASE phase,
                                                             DOT11EXT_IHV_UI_REQUEST **request)
{
    (void)adapter, (void)phase;
    *request = NULL;
    return ERROR_SUCCESS;
}

/* No 802.1X operation was started. */
static inline DWORD PORTCULLIS_CALL portcullis_refuse_onex_result(HANDLE adapter, DOT11_MSONEX_RESULT result,
                                                                  DOT11_MSONEX_RESULT_PARAMS *parameters)
{
    (void)adapter, (void)result, (void)parameters;
    return ERROR_INVALID_STATE;
}

/* There is no tool. */
static inline DWORD PORTCULLIS_CALL portcullis_refuse_control(HANDLE adapter, DWORD in, uint8_t *input, DWORD out,
                                                              uint8_t *output, DWORD *returned)
{
    (void)adapter, (void)in, (void)input, (void)out, (void)output;
    *returned = 0;
    return ERROR_NOT_SUPPORTED;
}

/* The table with these, and with nothing in the other places: a host refuses it so (R02). */
static inline DOT11EXT_IHV_HANDLERS portcullis_default_handlers(void)
{
    DOT11EXT_IHV_HANDLERS handlers;
    memset(&handlers, 0, sizeof handlers);
    handlers.Dot11ExtIhvCreateDiscoveryProfiles = portcullis_no_discovery_profiles;
    handlers.Dot11ExtIhvProcessSessionChange = portcullis_ignore_session_change;
    handlers.Dot11ExtIhvReceiveIndication = portcullis_ignore_indication;
    handlers.Dot11ExtIhvIsUIRequestPending = portcullis_no_ui_request_pending;
    handlers.Dot11ExtIhvProcessUIResponse = portcullis_refuse_ui_response;
    handlers.Dot11ExtIhvQueryUIRequest = portcullis_no_ui_request;
    handlers.Dot11ExtIhvOnexIndicateResult = portcullis_refuse_onex_result;
    handlers.Dot11ExtIhvControl = portcullis_refuse_control;
    return handlers;
}

#endif
