/*
 * The interface between a host and an IHV extension, for C11 and C++17: what wlanihv.h of the Windows SDK
 * specifies, usable on every platform. Widths are those of 64-bit Windows: a ULONG has 32 bits, a WCHAR 16.
 *
 * Whoever has the SDK's wlanihv.h includes that one instead; never both, and not this one together with
 * windows.h. An extension that was built with the one runs under a host that was built with the other.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef PORTCULLIS_IHV_H
#define PORTCULLIS_IHV_H

#include <stdint.h>

#if defined(_WIN32) && !defined(_WIN64)
#define PORTCULLIS_CALL __stdcall
#else
#define PORTCULLIS_CALL
#endif

#if defined(_WIN32)
#define PORTCULLIS_EXPORT __declspec(dllexport)
#else
#define PORTCULLIS_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Results and reasons (winerror.h, l2cmn.h) ---- */

/* Done. */
#define ERROR_SUCCESS 0u
/* The caller may not do this. */
#define ERROR_ACCESS_DENIED 5u
/* The handle names nothing that is alive. */
#define ERROR_INVALID_HANDLE 6u
/* There is no memory for it. */
#define ERROR_NOT_ENOUGH_MEMORY 8u
/* The data is malformed. */
#define ERROR_INVALID_DATA 13u
/* This is not supported. */
#define ERROR_NOT_SUPPORTED 50u
/* An argument is out of its range. */
#define ERROR_INVALID_PARAMETER 87u
/* The buffer is too small. */
#define ERROR_INSUFFICIENT_BUFFER 122u
/* It is in use. */
#define ERROR_BUSY 170u
/* The process that it runs in has ended. */
#define ERROR_PROCESS_ABORTED 1067u
/* There is no such thing. */
#define ERROR_NOT_FOUND 1168u
/* The operation was cancelled. */
#define ERROR_CANCELLED 1223u
/* A defect of the callee. */
#define ERROR_INTERNAL_ERROR 1359u
/* The versions do not overlap. */
#define ERROR_REVISION_MISMATCH 1306u
/* No answer came in time. */
#define ERROR_TIMEOUT 1460u
/* This may not be done here. */
#define ERROR_INVALID_OPERATION 4317u
/* This may not be done now. */
#define ERROR_INVALID_STATE 5023u

/* It has worked. */
#define L2_REASON_CODE_SUCCESS 0u
/* It has not, for no better reason. */
#define L2_REASON_CODE_UNKNOWN 0x10001u
/* The first of the reasons that belong to extensions, and how many there are. */
#define L2_REASON_CODE_IHV_BASE 0x90000u
#define L2_REASON_CODE_GROUP_SIZE 0x10000u

/* ---- The types that all others are made of ---- */

/* 32 bits, as in all of Windows. */
typedef uint32_t ULONG;
/* 32 bits. */
typedef int32_t LONG;
/* 32 bits. */
typedef uint32_t DWORD;
/* 16 bits. */
typedef uint16_t USHORT;
/* An octet. */
typedef uint8_t UCHAR;
/* An octet. */
typedef uint8_t BYTE;
/* True unless zero. An octet in structures of the driver's. */
typedef uint8_t BOOLEAN;
/* True unless zero. 32 bits in structures of the service's. */
typedef int32_t BOOL;
/* A UTF-16 code unit. */
typedef uint16_t WCHAR;
/* Zero-terminated UTF-16. */
typedef WCHAR *LPWSTR;
/* Memory of any type. */
typedef void *LPVOID;
/* An opaque number in the guise of a pointer: whoever made it knows what it means. */
typedef void *HANDLE;
/* FALSE. */
#define FALSE 0
/* TRUE. */
#define TRUE 1
/* A globally unique identifier (guiddef.h). */
typedef struct GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

/* The identifier of a COM class. */
typedef GUID CLSID;
/* What a structure of the driver's begins with (ntddndis.h): kind, revision and size in octets. */
typedef struct NDIS_OBJECT_HEADER {
    UCHAR Type;
    UCHAR Revision;
    USHORT Size;
} NDIS_OBJECT_HEADER;

/* The kind of every structure of this interface that has an NDIS_OBJECT_HEADER (ntddndis.h). */
#define NDIS_OBJECT_TYPE_DEFAULT 0x80u
/* A MAC address (windot11.h), in the order on the air. */
typedef UCHAR DOT11_MAC_ADDRESS[6];
/* The longest name of a network, octets. */
#define DOT11_SSID_MAX_LENGTH 32
/* A network's name (wlantypes.h): of 32 octets, as many as uSSIDLength says. */
typedef struct DOT11_SSID {
    ULONG uSSIDLength;
    UCHAR ucSSID[DOT11_SSID_MAX_LENGTH];
} DOT11_SSID;

/* An authentication algorithm (wlantypes.h). */
typedef uint32_t DOT11_AUTH_ALGORITHM;
#define DOT11_AUTH_ALGO_80211_OPEN 1u
#define DOT11_AUTH_ALGO_80211_SHARED_KEY 2u
#define DOT11_AUTH_ALGO_WPA 3u
#define DOT11_AUTH_ALGO_WPA_PSK 4u
#define DOT11_AUTH_ALGO_RSNA 6u
#define DOT11_AUTH_ALGO_RSNA_PSK 7u
#define DOT11_AUTH_ALGO_WPA3_ENT_192 8u
#define DOT11_AUTH_ALGO_WPA3_SAE 9u
#define DOT11_AUTH_ALGO_OWE 10u
#define DOT11_AUTH_ALGO_WPA3_ENT 11u
/* The first of those that belong to extensions. */
#define DOT11_AUTH_ALGO_IHV_START 0x80000000u
/* A cipher algorithm (wlantypes.h). */
typedef uint32_t DOT11_CIPHER_ALGORITHM;
#define DOT11_CIPHER_ALGO_NONE 0u
#define DOT11_CIPHER_ALGO_WEP40 1u
#define DOT11_CIPHER_ALGO_TKIP 2u
#define DOT11_CIPHER_ALGO_CCMP 4u
#define DOT11_CIPHER_ALGO_WEP104 5u
#define DOT11_CIPHER_ALGO_BIP 6u
#define DOT11_CIPHER_ALGO_GCMP 8u
#define DOT11_CIPHER_ALGO_GCMP_256 9u
#define DOT11_CIPHER_ALGO_CCMP_256 10u
#define DOT11_CIPHER_ALGO_RSN_USE_GROUP 0x100u
/* The first of those that belong to extensions. */
#define DOT11_CIPHER_ALGO_IHV_START 0x80000000u
/* A kind of network (wlantypes.h). */
typedef uint32_t DOT11_BSS_TYPE;
/* With an access point. */
#define dot11_BSS_type_infrastructure 1u
/* Without one. */
#define dot11_BSS_type_independent 2u
/* Either. */
#define dot11_BSS_type_any 3u
/* An authentication algorithm with a cipher (wlantypes.h). */
typedef struct DOT11_AUTH_CIPHER_PAIR {
    DOT11_AUTH_ALGORITHM AuthAlgoId;
    DOT11_CIPHER_ALGORITHM CipherAlgoId;
} DOT11_AUTH_CIPHER_PAIR;

/* A list of pairs (windot11.h), uNumOfEntries of them from AuthCipherPairs on. */
typedef struct DOT11_AUTH_CIPHER_PAIR_LIST {
    NDIS_OBJECT_HEADER Header;
    ULONG uNumOfEntries;
    ULONG uTotalNumOfEntries;
    DOT11_AUTH_CIPHER_PAIR AuthCipherPairs[1];
} DOT11_AUTH_CIPHER_PAIR_LIST;

/* A list of ciphers (windot11.h), uNumOfEntries of them from AlgorithmIds on. */
typedef struct DOT11_CIPHER_ALGORITHM_LIST {
    NDIS_OBJECT_HEADER Header;
    ULONG uNumOfEntries;
    ULONG uTotalNumOfEntries;
    DOT11_CIPHER_ALGORITHM AlgorithmIds[1];
} DOT11_CIPHER_ALGORITHM_LIST;

/* ---- What a completed association says ---- */

/* How an association came about or ended (windot11.h). */
typedef ULONG DOT11_ASSOC_STATUS;
/* The association stands. */
#define DOT11_ASSOC_STATUS_SUCCESS 0u
/* The peer could not be reached. */
#define DOT11_ASSOC_STATUS_UNREACHABLE 2u
/* The radio was switched off. */
#define DOT11_ASSOC_STATUS_RADIO_OFF 3u
/* Cancelled. */
#define DOT11_ASSOC_STATUS_CANCELLED 5u
/* The host disassociated. */
#define DOT11_ASSOC_STATUS_DISASSOCIATED_BY_OS 7u
/* The adapter was reset. */
#define DOT11_ASSOC_STATUS_DISASSOCIATED_BY_RESET 9u
/* A defect of the adapter or of its driver. */
#define DOT11_ASSOC_STATUS_SYSTEM_ERROR 10u
/* The peer deauthenticated, or disassociated: the first and the last of either, the lower half is its reason code. */
#define DOT11_ASSOC_STATUS_PEER_DEAUTHENTICATED 0x10000u
#define DOT11_ASSOC_STATUS_PEER_DEAUTHENTICATED_END 0x1ffffu
#define DOT11_ASSOC_STATUS_PEER_DISASSOCIATED 0x20000u
#define DOT11_ASSOC_STATUS_PEER_DISASSOCIATED_END 0x2ffffu
/* The peer's response refused the association; the lower half is its status code. */
#define DOT11_ASSOC_STATUS_ASSOCIATION_RESPONSE 0x30000u
#define DOT11_ASSOC_STATUS_ASSOCIATION_RESPONSE_END 0x3ffffu
/* Whether the distribution system is another than before (windot11.h). */
typedef uint32_t DOT11_DS_INFO;
/* It is. */
#define DOT11_DS_CHANGED 0u
/* It is not. */
#define DOT11_DS_UNCHANGED 1u
/* Nobody knows. */
#define DOT11_DS_UNKNOWN 2u
/* The structure ends with uEncapTableSize. */
#define DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_1 1u
/* The structure ends with uAssocComebackTime. */
#define DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2 2u
/* The parameters of an association (windot11.h). Offsets count octets from the beginning of the structure,
 * and what they point at lies in the same buffer; a size of zero means that it is absent. */
typedef struct DOT11_ASSOCIATION_COMPLETION_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    DOT11_MAC_ADDRESS MacAddr;
    DOT11_ASSOC_STATUS uStatus;
    BOOLEAN bReAssocReq;
    BOOLEAN bReAssocResp;
    ULONG uAssocReqOffset;
    ULONG uAssocReqSize;
    ULONG uAssocRespOffset;
    ULONG uAssocRespSize;
    ULONG uBeaconOffset;
    ULONG uBeaconSize;
    ULONG uIHVDataOffset;
    ULONG uIHVDataSize;
    DOT11_AUTH_ALGORITHM AuthAlgo;
    DOT11_CIPHER_ALGORITHM UnicastCipher;
    DOT11_CIPHER_ALGORITHM MulticastCipher;
    ULONG uActivePhyListOffset;
    ULONG uActivePhyListSize;
    BOOLEAN bFourAddressSupported;
    BOOLEAN bPortAuthorized;
    UCHAR ucActiveQoSProtocol;
    DOT11_DS_INFO DSInfo;
    ULONG uEncapTableOffset;
    ULONG uEncapTableSize;
    /* From revision 2 on. */
    DOT11_CIPHER_ALGORITHM MulticastMgmtCipher;
    /* From revision 2 on. */
    ULONG uAssocComebackTime;
} DOT11_ASSOCIATION_COMPLETION_PARAMETERS;

/* The end of an association (windot11.h). */
typedef struct DOT11_DISASSOCIATION_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    DOT11_MAC_ADDRESS MacAddr;
    DOT11_ASSOC_STATUS uReason;
    ULONG uIHVDataOffset;
    ULONG uIHVDataSize;
} DOT11_DISASSOCIATION_PARAMETERS;

/* The state of a data port (wlclient.h). */
typedef struct DOT11_PORT_STATE {
    DOT11_MAC_ADDRESS PeerMacAddress;
    ULONG uSessionId;
    BOOL bPortControlled;
    BOOL bPortAuthorized;
} DOT11_PORT_STATE;

/* ---- Cipher keys ---- */

/* Which way a key protects (windot11.h). */
typedef uint32_t DOT11_DIRECTION;
/* What is received. */
#define DOT11_DIR_INBOUND 1u
/* What is sent. */
#define DOT11_DIR_OUTBOUND 2u
/* Both. */
#define DOT11_DIR_BOTH 3u
/* The only revision of DOT11_CIPHER_DEFAULT_KEY_VALUE; its header's size is sizeof the structure. */
#define DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1 1u
/* A group key (windot11.h), of usKeyLength octets from ucKey on. */
typedef struct DOT11_CIPHER_DEFAULT_KEY_VALUE {
    NDIS_OBJECT_HEADER Header;
    ULONG uKeyIndex;
    DOT11_CIPHER_ALGORITHM AlgorithmId;
    DOT11_MAC_ADDRESS MacAddr;
    BOOLEAN bDelete;
    BOOLEAN bStatic;
    USHORT usKeyLength;
    UCHAR ucKey[1];
} DOT11_CIPHER_DEFAULT_KEY_VALUE;

/* A pairwise key (windot11.h), of usKeyLength octets from ucKey on. */
typedef struct DOT11_CIPHER_KEY_MAPPING_KEY_VALUE {
    DOT11_MAC_ADDRESS PeerMacAddr;
    DOT11_CIPHER_ALGORITHM AlgorithmId;
    DOT11_DIRECTION Direction;
    BOOLEAN bDelete;
    BOOLEAN bStatic;
    USHORT usKeyLength;
    UCHAR ucKey[1];
} DOT11_CIPHER_KEY_MAPPING_KEY_VALUE;

/* A key of TKIP (windot11.h): the temporal key, then the MIC keys. */
typedef struct DOT11_KEY_ALGO_TKIP_MIC {
    /* The receive counter, lowest octet first. */
    UCHAR ucIV48Counter[6];
    ULONG ulTKIPKeyLength;
    ULONG ulMICKeyLength;
    UCHAR ucTKIPMICKeys[1];
} DOT11_KEY_ALGO_TKIP_MIC;

/* A key of CCMP or GCMP (windot11.h). */
typedef struct DOT11_KEY_ALGO_CCMP {
    /* The receive counter, lowest octet first. */
    UCHAR ucIV48Counter[6];
    ULONG ulCCMPKeyLength;
    UCHAR ucCCMPKey[1];
} DOT11_KEY_ALGO_CCMP;

/* A key of BIP (windot11.h). */
typedef struct DOT11_KEY_ALGO_BIP {
    /* The receive counter, lowest octet first. */
    UCHAR ucIPN[6];
    ULONG ulBIPKeyLength;
    UCHAR ucBIPKey[1];
} DOT11_KEY_ALGO_BIP;

/* ---- Security packets ---- */

/* A packet between an extension and a peer (wlclient.h). Its data goes on for the rest of the buffer. */
typedef struct DOT11_SECURITY_PACKET_HEADER {
    /* Who sent it, or who is to have it. */
    DOT11_MAC_ADDRESS PeerMac;
    /* In network byte order. */
    USHORT usEtherType;
    UCHAR Data[1];
} DOT11_SECURITY_PACKET_HEADER;

/* An exemption from encryption (windot11.h). */
typedef struct DOT11_PRIVACY_EXEMPTION {
    /* In network byte order. */
    USHORT usEtherType;
    USHORT usExemptionActionType;
    USHORT usExemptionPacketType;
} DOT11_PRIVACY_EXEMPTION;

/* Never exempt. */
#define DOT11_EXEMPT_NO_EXEMPTION 0u
/* Always exempt. */
#define DOT11_EXEMPT_ALWAYS 1u
/* Exempt while there is no pairwise key for the peer. */
#define DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE 2u
/* Packets to one station. */
#define DOT11_EXEMPT_UNICAST 1u
/* Packets to a group. */
#define DOT11_EXEMPT_MULTICAST 2u
/* All packets. */
#define DOT11_EXEMPT_BOTH 3u

/* ---- Adapters, and the networks in their reach ---- */

/* How a driver operates (windot11.h). */
typedef struct DOT11_CURRENT_OPERATION_MODE {
    ULONG uReserved;
    ULONG uCurrentOpMode;
} DOT11_CURRENT_OPERATION_MODE;

/* The operation mode of a station that can be extended. */
#define DOT11_OPERATION_MODE_EXTENSIBLE_STATION 4u
/* An adapter that has arrived (wlclient.h). */
typedef struct DOT11_ADAPTER {
    GUID gAdapterId;
    LPWSTR pszDescription;
    DOT11_CURRENT_OPERATION_MODE Dot11CurrentOpMode;
} DOT11_ADAPTER;

/* The networks in reach (wlclient.h): DOT11_BSS_ENTRY after entry, without padding between them, so that all
 * but the first may be unaligned. */
typedef struct DOT11_BSS_LIST {
    ULONG uNumOfBytes;
    UCHAR *pucBuffer;
} DOT11_BSS_LIST;

/* Parameters of a frequency hopping radio (windot11.h). */
typedef struct DOT11_BSS_ENTRY_FHSS {
    ULONG uHopPattern;
    ULONG uHopSet;
    ULONG uDwellTime;
} DOT11_BSS_ENTRY_FHSS;

/* Parameters of the radio (windot11.h). */
typedef union DOT11_BSS_ENTRY_PHY_SPECIFIC_INFO {
    /* The centre of the channel, MHz. */
    ULONG uChCenterFrequency;
    DOT11_BSS_ENTRY_FHSS FHSS;
} DOT11_BSS_ENTRY_PHY_SPECIFIC_INFO;

/* A network as it was heard (windot11.h). Its elements, uBufferLength octets, begin at ucBuffer. */
typedef struct DOT11_BSS_ENTRY {
    ULONG uPhyId;
    DOT11_BSS_ENTRY_PHY_SPECIFIC_INFO PhySpecificInfo;
    DOT11_MAC_ADDRESS dot11BSSID;
    DOT11_BSS_TYPE dot11BSSType;
    /* dBm. */
    LONG lRSSI;
    /* 0 to 100. */
    ULONG uLinkQuality;
    BOOLEAN bInRegDomain;
    /* Time units of 1024 us. */
    USHORT usBeaconPeriod;
    /* The beacon's timestamp. */
    uint64_t ullTimestamp;
    uint64_t ullHostTimestamp;
    USHORT usCapabilityInformation;
    ULONG uBufferLength;
    UCHAR ucBuffer[1];
} DOT11_BSS_ENTRY;

/* Octets with a header (windot11.h). */
typedef struct DOT11_BYTE_ARRAY {
    NDIS_OBJECT_HEADER Header;
    ULONG uNumOfBytes;
    ULONG uTotalNumOfBytes;
    UCHAR ucBuffer[1];
} DOT11_BYTE_ARRAY;

/* ---- The 802.1X module of the host's ---- */

/* The method of an EAP conversation (eaptypes.h). */
typedef struct EAP_TYPE {
    BYTE type;
    DWORD dwVendorId;
    DWORD dwVendorType;
} EAP_TYPE;

/* A method and who wrote it (eaptypes.h). */
typedef struct EAP_METHOD_TYPE {
    EAP_TYPE eapType;
    DWORD dwAuthorId;
} EAP_METHOD_TYPE;

/* A RADIUS attribute number, or one of Windows' own (eaptypes.h). */
typedef uint32_t EAP_ATTRIBUTE_TYPE;
/* An attribute (eaptypes.h). */
typedef struct EAP_ATTRIBUTE {
    EAP_ATTRIBUTE_TYPE eapType;
    DWORD dwLength;
    BYTE *pValue;
} EAP_ATTRIBUTE;

/* Attributes (eaptypes.h). */
typedef struct EAP_ATTRIBUTES {
    DWORD dwNumberOfAttributes;
    EAP_ATTRIBUTE *pAttribs;
} EAP_ATTRIBUTES;

/* How an 802.1X operation stands (wlanihv.h). */
typedef uint32_t DOT11_MSONEX_RESULT;
/* The peer proved itself, and so did we. */
#define DOT11_MSONEX_SUCCESS 0u
/* It failed. */
#define DOT11_MSONEX_FAILURE 1u
/* It goes on. */
#define DOT11_MSONEX_IN_PROGRESS 2u
/* How an 802.1X authentication stands (dot1x.h). */
typedef uint32_t ONEX_AUTH_STATUS;
/* Why it stands so (dot1x.h). */
typedef uint32_t ONEX_REASON_CODE;
/* What the EAP method said (wlanihv.h). */
typedef struct DOT11_EAP_RESULT {
    uint32_t dwFailureReasonCode;
    EAP_ATTRIBUTES *pAttribArray;
} DOT11_EAP_RESULT;

/* The result of an 802.1X operation (wlanihv.h). On Windows both keys are protected with CryptProtectData;
 * elsewhere they stand as they are. */
typedef struct DOT11_MSONEX_RESULT_PARAMS {
    ONEX_AUTH_STATUS Dot11OnexAuthStatus;
    ONEX_REASON_CODE Dot11OneXReasonCode;
    BYTE *pbMPPESendKey;
    DWORD dwMPPESendKeyLen;
    BYTE *pbMPPERecvKey;
    DWORD dwMPPERecvKeyLen;
    DOT11_EAP_RESULT *pDot11EapResult;
} DOT11_MSONEX_RESULT_PARAMS;

/* ---- Profiles ---- */

/* The longest name of a profile, code units with the terminating zero. */
#define MS_MAX_PROFILE_NAME_LENGTH 256
/* Names of networks (wlanihvtypes.h), ulCount of them from SSIDs on. */
typedef struct DOT11EXT_IHV_SSID_LIST {
    ULONG ulCount;
    DOT11_SSID SSIDs[1];
} DOT11EXT_IHV_SSID_LIST;

/* The security that the system's own profile asks for (wlanihvtypes.h). */
typedef struct DOT11_MSSECURITY_SETTINGS {
    DOT11_AUTH_ALGORITHM dot11AuthAlgorithm;
    DOT11_CIPHER_ALGORITHM dot11CipherAlgorithm;
    BOOL fOneXEnabled;
    EAP_METHOD_TYPE eapMethodType;
    DWORD dwEapConnectionDataLen;
    BYTE *pEapConnectionData;
} DOT11_MSSECURITY_SETTINGS;

/* The part of a profile that is the same for every extension (wlanihvtypes.h). */
typedef struct DOT11EXT_IHV_PROFILE_PARAMS {
    DOT11EXT_IHV_SSID_LIST *pSsidList;
    DOT11_BSS_TYPE BssType;
    DOT11_MSSECURITY_SETTINGS *pMSSecuritySettings;
} DOT11EXT_IHV_PROFILE_PARAMS;

/* A profile with its name and its adapter (wlanihvtypes.h): what a page of a user interface gets. */
typedef struct DOT11EXT_IHV_PARAMS {
    DOT11EXT_IHV_PROFILE_PARAMS dot11ExtIhvProfileParams;
    WCHAR wstrProfileName[MS_MAX_PROFILE_NAME_LENGTH];
    DWORD dwProfileTypeFlags;
    GUID interfaceGuid;
} DOT11EXT_IHV_PARAMS;

/* The connectivity fragment of a profile (wlanihv.h). */
typedef struct DOT11EXT_IHV_CONNECTIVITY_PROFILE {
    LPWSTR pszXmlFragmentIhvConnectivity;
} DOT11EXT_IHV_CONNECTIVITY_PROFILE;

/* The security fragment of a profile (wlanihv.h). */
typedef struct DOT11EXT_IHV_SECURITY_PROFILE {
    LPWSTR pszXmlFragmentIhvSecurity;
    BOOL bUseMSOnex;
} DOT11EXT_IHV_SECURITY_PROFILE;

/* A profile that an extension proposes (wlanihv.h). */
typedef struct DOT11EXT_IHV_DISCOVERY_PROFILE {
    DOT11EXT_IHV_CONNECTIVITY_PROFILE IhvConnectivityProfile;
    DOT11EXT_IHV_SECURITY_PROFILE IhvSecurityProfile;
} DOT11EXT_IHV_DISCOVERY_PROFILE;

/* Profiles that an extension proposes (wlanihv.h). The list and its strings are allocated with
 * Dot11ExtAllocateBuffer, each by itself, and freed by the host. */
typedef struct DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
    DWORD dwCount;
    DOT11EXT_IHV_DISCOVERY_PROFILE *pIhvDiscoveryProfiles;
} DOT11EXT_IHV_DISCOVERY_PROFILE_LIST;

/* Which network a diagnosis is about (wlanihv.h). */
typedef struct WDIAG_IHV_WLAN_ID {
    WCHAR strProfileName[MS_MAX_PROFILE_NAME_LENGTH];
    DOT11_SSID Ssid;
    DOT11_BSS_TYPE BssType;
    DWORD dwFlags;
    DWORD dwReasonCode;
} WDIAG_IHV_WLAN_ID;

/* ---- What an adapter tells its extension unasked ---- */

/* What the buffer of an indication holds (wlanihv.h). */
typedef uint32_t DOT11EXT_IHV_INDICATION_TYPE;
/* The driver's own octets. */
#define IndicationTypeNicSpecificNotification 0u
/* DOT11_PMKID_CANDIDATE_LIST_PARAMETERS. */
#define IndicationTypePmkidCandidateList 1u
/* DOT11_TKIPMIC_FAILURE_PARAMETERS. */
#define IndicationTypeTkipMicFailure 2u
/* DOT11_PHY_STATE_PARAMETERS. */
#define IndicationTypePhyStateChange 3u
/* DOT11_LINK_QUALITY_PARAMETERS. */
#define IndicationTypeLinkQuality 4u
/* A TKIP frame failed its MIC (windot11.h). */
typedef struct DOT11_TKIPMIC_FAILURE_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    BOOLEAN bDefaultKeyFailure;
    ULONG uKeyIndex;
    DOT11_MAC_ADDRESS PeerMac;
} DOT11_TKIPMIC_FAILURE_PARAMETERS;

/* Access points that a PMKSA could be made with (windot11.h): DOT11_BSSID_CANDIDATEs. */
typedef struct DOT11_PMKID_CANDIDATE_LIST_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    /* How many octets, or how many rows: pages and drivers differ. */
    ULONG uCandidateListSize;
    ULONG uCandidateListOffset;
} DOT11_PMKID_CANDIDATE_LIST_PARAMETERS;

/* One of them (windot11.h). */
typedef struct DOT11_BSSID_CANDIDATE {
    DOT11_MAC_ADDRESS BSSID;
    ULONG uFlags;
} DOT11_BSSID_CANDIDATE;

/* A radio was switched on or off (windot11.h). */
typedef struct DOT11_PHY_STATE_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG uPhyId;
    BOOLEAN bHardwarePhyState;
    BOOLEAN bSoftwarePhyState;
} DOT11_PHY_STATE_PARAMETERS;

/* How good links are (windot11.h): DOT11_LINK_QUALITY_ENTRYs. */
typedef struct DOT11_LINK_QUALITY_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    /* How many rows, or how many octets: pages and drivers differ. */
    ULONG uLinkQualityListSize;
    ULONG uLinkQualityListOffset;
} DOT11_LINK_QUALITY_PARAMETERS;

/* How good a link is (windot11.h), 0 to 100. */
typedef struct DOT11_LINK_QUALITY_ENTRY {
    DOT11_MAC_ADDRESS PeerMacAddr;
    UCHAR ucLinkQuality;
} DOT11_LINK_QUALITY_ENTRY;

/* The only revision of each of these structures. */
#define DOT11_INDICATION_PARAMETERS_REVISION_1 1u

/* ---- Questions to the user, notifications, and users that come and go ---- */

/* Which part of a connection asks (wlanihv.h). */
typedef uint32_t DOT11EXT_IHV_CONNECTION_PHASE;
/* Any part. */
#define connection_phase_any 0u
/* Before the pre-association operation. */
#define connection_phase_initial_connection 1u
/* After the post-association operation. */
#define connection_phase_post_l3_connection 2u
/* A question to the user (wlanihv.h). */
typedef struct DOT11EXT_IHV_UI_REQUEST {
    DWORD dwSessionId;
    GUID guidUIRequest;
    CLSID UIPageClsid;
    DWORD dwByteCount;
    BYTE *pvUIRequest;
} DOT11EXT_IHV_UI_REQUEST;

/* Something for whoever listens (l2cmn.h). */
typedef struct L2_NOTIFICATION_DATA {
    DWORD NotificationSource;
    DWORD NotificationCode;
    GUID InterfaceGuid;
    DWORD dwDataSize;
    LPVOID pData;
} L2_NOTIFICATION_DATA;

/* The source of an extension's own notifications. */
#define L2_NOTIFICATION_SOURCE_WLAN_IHV 0x40u
/* Which user's session changes (winuser.h); cbSize is the structure's own size. */
typedef struct WTSSESSION_NOTIFICATION {
    DWORD cbSize;
    DWORD dwSessionId;
} WTSSESSION_NOTIFICATION;

/* ---- Virtual stations ---- */

/* The longest pre-shared key or passphrase, octets. */
#define DOT11EXT_PSK_MAX_LENGTH 64
/* The access point that a virtual station is to be (wlanihv.h). */
typedef struct DOT11EXT_VIRTUAL_STATION_AP_PROPERTY {
    DOT11_SSID dot11SSID;
    DOT11_AUTH_ALGORITHM dot11AuthAlgo;
    DOT11_CIPHER_ALGORITHM dot11CipherAlgo;
    BOOL bIsPassPhrase;
    DWORD dwKeyLength;
    UCHAR ucKeyData[DOT11EXT_PSK_MAX_LENGTH];
} DOT11EXT_VIRTUAL_STATION_AP_PROPERTY;

/* ---- The functions of the host ---- */

/* Memory that both sides may free with DOT11EXT_FREE_BUFFER. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_ALLOCATE_BUFFER)(DWORD dwByteCount, LPVOID *ppvBuffer);
/* Frees such memory; null is nothing. */
typedef void (PORTCULLIS_CALL *DOT11EXT_FREE_BUFFER)(LPVOID pvMemory);
/* Keeps octets with the profile, for a user. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_PROFILE_CUSTOM_USER_DATA)(
    HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwSessionID, DWORD dwDataSize, LPVOID pvData);
/* Gives them back, in memory that the caller frees with DOT11EXT_FREE_BUFFER. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_GET_PROFILE_CUSTOM_USER_DATA)(
    HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwSessionID, DWORD *pdwDataSize,
    LPVOID *ppvData);
/* Replaces the fragments of the profile. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_CURRENT_PROFILE)(
    HANDLE hDot11SvcHandle, HANDLE hConnectSession, DOT11EXT_IHV_CONNECTIVITY_PROFILE *pIhvConnProfile,
    DOT11EXT_IHV_SECURITY_PROFILE *pIhvSecProfile);
/* Asks the user. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SEND_UI_REQUEST)(
    HANDLE hDot11SvcHandle, DOT11EXT_IHV_UI_REQUEST *pIhvUIRequest);
/* Completes a pre-association operation. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_PRE_ASSOCIATE_COMPLETION)(
    HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwReasonCode, DWORD dwWin32Error);
/* Completes a post-association operation. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_POST_ASSOCIATE_COMPLETION)(
    HANDLE hDot11SvcHandle, HANDLE hSecuritySessionID, DOT11_MAC_ADDRESS *pPeer, DWORD dwReasonCode,
    DWORD dwWin32Error);
/* Tells whoever listens. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SEND_NOTIFICATION)(
    HANDLE hDot11SvcHandle, L2_NOTIFICATION_DATA *pNotificationData);
/* Sends a packet (DOT11_SECURITY_PACKET_HEADER), which stays where it is until
 * DOT11EXTIHV_SEND_PACKET_COMPLETION. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SEND_PACKET)(
    HANDLE hDot11SvcHandle, ULONG uPacketLen, LPVOID pvPacket, HANDLE hSendCompletion);
/* Says which packets are to be received and which are exempt from encryption. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_ETHERTYPE_HANDLING)(
    HANDLE hDot11SvcHandle, ULONG uMaxBackLog, ULONG uNumOfExemption,
    DOT11_PRIVACY_EXEMPTION *pExemption, ULONG uNumOfRegistration, USHORT *pusRegistration);
/* Sets what the adapter associates with. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_AUTH_ALGORITHM)(HANDLE hDot11SvcHandle, DWORD dwAuthAlgo);
/* Sets the pairwise cipher. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_UNICAST_CIPHER_ALGORITHM)(
    HANDLE hDot11SvcHandle, DWORD dwUnicastCipherAlgo);
/* Sets the group cipher. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_MULTICAST_CIPHER_ALGORITHM)(
    HANDLE hDot11SvcHandle, DWORD dwMulticastCipherAlgo);
/* Installs or removes a group key. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_DEFAULT_KEY)(
    HANDLE hDot11SvcHandle, DOT11_CIPHER_DEFAULT_KEY_VALUE *pKey, DOT11_DIRECTION dot11Direction);
/* Installs or removes a pairwise key. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_KEY_MAPPING_KEY)(
    HANDLE hDot11SvcHandle, DOT11_CIPHER_KEY_MAPPING_KEY_VALUE *pKey);
/* Says which default key protects what is sent. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_DEFAULT_KEY_ID)(HANDLE hDot11SvcHandle, ULONG uDefaultKeyId);
/* Asks the driver something of which only the extension knows the meaning. pdwOutBufferSize says how much
 * room there is, and afterwards how much of it was used. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_NIC_SPECIFIC_EXTENSION)(
    HANDLE hDot11SvcHandle, DWORD dwInBufferSize, LPVOID pvInBuffer, DWORD *pdwOutBufferSize,
    LPVOID pvOutBuffer);
/* Says whether data that is not encrypted is discarded. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_EXCLUDE_UNENCRYPTED)(
    HANDLE hDot11SvcHandle, BOOL bExcludeUnencrypted);
/* Starts the 802.1X module. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_ONEX_START)(HANDLE hDot11SvcHandle, EAP_ATTRIBUTES *pEapAttribute);
/* Stops the 802.1X module. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_ONEX_STOP)(HANDLE hDot11SvcHandle);
/* Forwards a packet to the 802.1X module. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_PROCESS_ONEX_PACKET)(
    HANDLE hDot11SvcHandle, DWORD dwInPacketSize, LPVOID pvInPacket);

/* What the host lends to an extension. */
typedef struct DOT11EXT_APIS {
    DOT11EXT_ALLOCATE_BUFFER Dot11ExtAllocateBuffer;
    DOT11EXT_FREE_BUFFER Dot11ExtFreeBuffer;
    DOT11EXT_SET_PROFILE_CUSTOM_USER_DATA Dot11ExtSetProfileCustomUserData;
    DOT11EXT_GET_PROFILE_CUSTOM_USER_DATA Dot11ExtGetProfileCustomUserData;
    DOT11EXT_SET_CURRENT_PROFILE Dot11ExtSetCurrentProfile;
    DOT11EXT_SEND_UI_REQUEST Dot11ExtSendUIRequest;
    DOT11EXT_PRE_ASSOCIATE_COMPLETION Dot11ExtPreAssociateCompletion;
    DOT11EXT_POST_ASSOCIATE_COMPLETION Dot11ExtPostAssociateCompletion;
    DOT11EXT_SEND_NOTIFICATION Dot11ExtSendNotification;
    DOT11EXT_SEND_PACKET Dot11ExtSendPacket;
    DOT11EXT_SET_ETHERTYPE_HANDLING Dot11ExtSetEtherTypeHandling;
    DOT11EXT_SET_AUTH_ALGORITHM Dot11ExtSetAuthAlgorithm;
    DOT11EXT_SET_UNICAST_CIPHER_ALGORITHM Dot11ExtSetUnicastCipherAlgorithm;
    DOT11EXT_SET_MULTICAST_CIPHER_ALGORITHM Dot11ExtSetMulticastCipherAlgorithm;
    DOT11EXT_SET_DEFAULT_KEY Dot11ExtSetDefaultKey;
    DOT11EXT_SET_KEY_MAPPING_KEY Dot11ExtSetKeyMappingKey;
    DOT11EXT_SET_DEFAULT_KEY_ID Dot11ExtSetDefaultKeyId;
    DOT11EXT_NIC_SPECIFIC_EXTENSION Dot11ExtNicSpecificExtension;
    DOT11EXT_SET_EXCLUDE_UNENCRYPTED Dot11ExtSetExcludeUnencrypted;
    DOT11EXT_ONEX_START Dot11ExtStartOneX;
    DOT11EXT_ONEX_STOP Dot11ExtStopOneX;
    DOT11EXT_PROCESS_ONEX_PACKET Dot11ExtProcessOneXPacket;
} DOT11EXT_APIS;

/* ---- The functions of the host about virtual stations ---- */

/* Makes a virtual station. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_REQUEST_VIRTUAL_STATION)(
    HANDLE hDot11PrimaryHandle, LPVOID pvReserved);
/* Ends it. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_RELEASE_VIRTUAL_STATION)(
    HANDLE hDot11PrimaryHandle, LPVOID pvReserved);
/* Says whether an adapter is one, and of which. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_QUERY_VIRTUAL_STATION_PROPERTIES)(
    HANDLE hDot11SvcHandle, BOOL *pbIsVirtualStation, GUID *pgPrimary, LPVOID pvReserved);
/* Says which access point it is to be. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXT_SET_VIRTUAL_STATION_AP_PROPERTIES)(
    HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwNumProperties,
    DOT11EXT_VIRTUAL_STATION_AP_PROPERTY *pProperties, LPVOID pvReserved);

/* What the host lends besides, to an extension that knows virtual stations. */
typedef struct DOT11EXT_VIRTUAL_STATION_APIS {
    DOT11EXT_REQUEST_VIRTUAL_STATION Dot11ExtRequestVirtualStation;
    DOT11EXT_RELEASE_VIRTUAL_STATION Dot11ExtReleaseVirtualStation;
    DOT11EXT_QUERY_VIRTUAL_STATION_PROPERTIES Dot11ExtQueryVirtualStationProperties;
    DOT11EXT_SET_VIRTUAL_STATION_AP_PROPERTIES Dot11ExtSetVirtualStationAPProperties;
} DOT11EXT_VIRTUAL_STATION_APIS;

/* ---- The handlers of the extension ---- */

/* The service ends. */
typedef void (PORTCULLIS_CALL *DOT11EXTIHV_DEINIT_SERVICE)(void);
/* An adapter has arrived. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_INIT_ADAPTER)(
    DOT11_ADAPTER *pDot11Adapter, HANDLE hDot11SvcHandle, HANDLE *phIhvExtAdapter);
/* An adapter leaves. */
typedef void (PORTCULLIS_CALL *DOT11EXTIHV_DEINIT_ADAPTER)(HANDLE hIhvExtAdapter);
/* Begins a pre-association operation. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_PERFORM_PRE_ASSOCIATE)(
    HANDLE hIhvExtAdapter, HANDLE hConnectSession, DOT11EXT_IHV_PROFILE_PARAMS *pIhvProfileParams,
    DOT11EXT_IHV_CONNECTIVITY_PROFILE *pIhvConnProfile, DOT11EXT_IHV_SECURITY_PROFILE *pIhvSecProfile,
    DOT11_BSS_LIST *pConnectableBssid, DWORD *pdwReasonCode);
/* Everything pending is cancelled. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_ADAPTER_RESET)(HANDLE hIhvExtAdapter);
/* Begins a post-association operation. pDot11AssocParams is the beginning of a buffer of
 * uDot11AssocParamsBytes octets. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_PERFORM_POST_ASSOCIATE)(
    HANDLE hIhvExtAdapter, HANDLE hSecuritySessionID, DOT11_PORT_STATE *pPortState,
    ULONG uDot11AssocParamsBytes, DOT11_ASSOCIATION_COMPLETION_PARAMETERS *pDot11AssocParams);
/* A port goes down. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_STOP_POST_ASSOCIATE)(
    HANDLE hIhvExtAdapter, DOT11_MAC_ADDRESS *pPeer, DOT11_ASSOC_STATUS dot11AssocStatus);
/* Is this profile valid? */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_VALIDATE_PROFILE)(
    HANDLE hIhvExtAdapter, DOT11EXT_IHV_PROFILE_PARAMS *pIhvProfileParams,
    DOT11EXT_IHV_CONNECTIVITY_PROFILE *pIhvConnProfile, DOT11EXT_IHV_SECURITY_PROFILE *pIhvSecProfile,
    DWORD *pdwReasonCode);
/* Would this profile connect to one of these networks? */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_PERFORM_CAPABILITY_MATCH)(
    HANDLE hIhvExtAdapter, DOT11EXT_IHV_PROFILE_PARAMS *pIhvProfileParams,
    DOT11EXT_IHV_CONNECTIVITY_PROFILE *pIhvConnProfile, DOT11EXT_IHV_SECURITY_PROFILE *pIhvSecProfile,
    DOT11_BSS_LIST *pConnectableBssid, DWORD *pdwReasonCode);
/* Which profiles would? Only secure ones are asked for if bInsecure is true: the page of this function says
 * so, whatever the name says. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_CREATE_DISCOVERY_PROFILES)(
    HANDLE hIhvExtAdapter, BOOL bInsecure, DOT11EXT_IHV_PROFILE_PARAMS *pIhvProfileParams,
    DOT11_BSS_LIST *pConnectableBssid, DOT11EXT_IHV_DISCOVERY_PROFILE_LIST *pIhvDiscoveryProfileList,
    DWORD *pdwReasonCode);
/* A user comes or goes. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_PROCESS_SESSION_CHANGE)(
    ULONG uEventType, WTSSESSION_NOTIFICATION *pSessionNotification);
/* The adapter tells something. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_RECEIVE_INDICATION)(
    HANDLE hIhvExtAdapter, DOT11EXT_IHV_INDICATION_TYPE indicationType, ULONG uBufferLength,
    LPVOID pvBuffer);
/* A packet has come (DOT11_SECURITY_PACKET_HEADER). */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_RECEIVE_PACKET)(
    HANDLE hIhvExtAdapter, DWORD dwInBufferSize, LPVOID pvInBuffer);
/* A packet has gone, or never will. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_SEND_PACKET_COMPLETION)(HANDLE hSendCompletion);
/* Is this question still open? */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_IS_UI_REQUEST_PENDING)(
    GUID guidUIRequest, BOOL *pbIsRequestPending);
/* The user has answered. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_PROCESS_UI_RESPONSE)(
    GUID guidUIRequest, DWORD dwByteCount, LPVOID pvResponseBuffer);
/* Is there a question? It and its octets are one buffer, which the host frees. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_QUERY_UI_REQUEST)(
    HANDLE hIhvExtAdapter, DOT11EXT_IHV_CONNECTION_PHASE connectionPhase,
    DOT11EXT_IHV_UI_REQUEST **ppIhvUIRequest);
/* How the 802.1X operation stands. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_ONEX_INDICATE_RESULT)(
    HANDLE hIhvExtAdapter, DOT11_MSONEX_RESULT msOneXResult,
    DOT11_MSONEX_RESULT_PARAMS *pDot11MsOneXResultParams);
/* A vendor's tool asks. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_CONTROL)(
    HANDLE hIhvExtAdapter, DWORD dwInBufferSize, uint8_t *pInBuffer, DWORD dwOutBufferSize,
    uint8_t *pOutBuffer, DWORD *pdwBytesReturned);

/* What an extension is called with. */
typedef struct DOT11EXT_IHV_HANDLERS {
    DOT11EXTIHV_DEINIT_SERVICE Dot11ExtIhvDeinitService;
    DOT11EXTIHV_INIT_ADAPTER Dot11ExtIhvInitAdapter;
    DOT11EXTIHV_DEINIT_ADAPTER Dot11ExtIhvDeinitAdapter;
    DOT11EXTIHV_PERFORM_PRE_ASSOCIATE Dot11ExtIhvPerformPreAssociate;
    DOT11EXTIHV_ADAPTER_RESET Dot11ExtIhvAdapterReset;
    DOT11EXTIHV_PERFORM_POST_ASSOCIATE Dot11ExtIhvPerformPostAssociate;
    DOT11EXTIHV_STOP_POST_ASSOCIATE Dot11ExtIhvStopPostAssociate;
    DOT11EXTIHV_VALIDATE_PROFILE Dot11ExtIhvValidateProfile;
    DOT11EXTIHV_PERFORM_CAPABILITY_MATCH Dot11ExtIhvPerformCapabilityMatch;
    DOT11EXTIHV_CREATE_DISCOVERY_PROFILES Dot11ExtIhvCreateDiscoveryProfiles;
    DOT11EXTIHV_PROCESS_SESSION_CHANGE Dot11ExtIhvProcessSessionChange;
    DOT11EXTIHV_RECEIVE_INDICATION Dot11ExtIhvReceiveIndication;
    DOT11EXTIHV_RECEIVE_PACKET Dot11ExtIhvReceivePacket;
    DOT11EXTIHV_SEND_PACKET_COMPLETION Dot11ExtIhvSendPacketCompletion;
    DOT11EXTIHV_IS_UI_REQUEST_PENDING Dot11ExtIhvIsUIRequestPending;
    DOT11EXTIHV_PROCESS_UI_RESPONSE Dot11ExtIhvProcessUIResponse;
    DOT11EXTIHV_QUERY_UI_REQUEST Dot11ExtIhvQueryUIRequest;
    DOT11EXTIHV_ONEX_INDICATE_RESULT Dot11ExtIhvOnexIndicateResult;
    DOT11EXTIHV_CONTROL Dot11ExtIhvControl;
} DOT11EXT_IHV_HANDLERS;

/* ---- The exports of the extension ---- */

/* The interface versions that an extension speaks, both included; 0 must be among them. */
typedef struct DOT11_IHV_VERSION_INFO {
    DWORD dwVerMin;
    DWORD dwVerMax;
} DOT11_IHV_VERSION_INFO;

/* The first export, Dot11ExtIhvGetVersionInfo: which versions the extension speaks. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_GET_VERSION_INFO)(DOT11_IHV_VERSION_INFO *pDot11IHVVersionInfo);
/* The second export, Dot11ExtIhvInitService: the two sides exchange their tables. The host's is the host's
 * memory, which need not outlive the call. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_INIT_SERVICE)(
    DWORD dwVerNumUsed, DOT11EXT_APIS *pDot11ExtAPI, LPVOID pvReserved,
    DOT11EXT_IHV_HANDLERS *pDot11IHVHandlers);
/* An export that an extension may have, Dot11ExtIhvInitVirtualStation. */
typedef DWORD (PORTCULLIS_CALL *DOT11EXTIHV_INIT_VIRTUAL_STATION)(
    DOT11EXT_VIRTUAL_STATION_APIS *pDot11ExtVSAPI, LPVOID pvReserved);

#ifndef PORTCULLIS_NO_EXPORTS
/* An extension defines these two, and may define the third. */
PORTCULLIS_EXPORT DWORD PORTCULLIS_CALL Dot11ExtIhvGetVersionInfo(DOT11_IHV_VERSION_INFO *pDot11IHVVersionInfo);
PORTCULLIS_EXPORT DWORD PORTCULLIS_CALL Dot11ExtIhvInitService(DWORD dwVerNumUsed, DOT11EXT_APIS *pDot11ExtAPI,
                                                               LPVOID pvReserved,
                                                               DOT11EXT_IHV_HANDLERS *pDot11IHVHandlers);
PORTCULLIS_EXPORT DWORD PORTCULLIS_CALL Dot11ExtIhvInitVirtualStation(DOT11EXT_VIRTUAL_STATION_APIS *pDot11ExtVSAPI,
                                                                      LPVOID pvReserved);
#endif

#ifdef __cplusplus
}
#endif

#endif
