//! The host's side of a test: a table of functions, and what they have seen.

use crate::scripted::{ADAPTER, Diary};
use core::ptr;
use portcullis_ihv::Win32Error;
use portcullis_ihv::abi::{
    DOT11_ADAPTER, DOT11_CIPHER_DEFAULT_KEY_VALUE, DOT11_CURRENT_OPERATION_MODE, DOT11_MAC_ADDRESS, DOT11EXT_APIS,
    DOT11EXT_IHV_HANDLERS, DWORD, Exported, GUID, HANDLE, LPVOID, ULONG, init_service,
};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// One test's library, and all that it leaves behind.
pub(crate) trait Library: Exported {
    fn diary() -> &'static Diary;
    fn seen() -> &'static Seen;
}

/// What the host's functions have seen.
pub(crate) struct Seen {
    /// Memory that is lent, by its address.
    pub(crate) lent: Mutex<BTreeMap<usize, Vec<u64>>>,
    /// Completes each packet before `Dot11ExtSendPacket` returns.
    pub(crate) completes_at_once: Mutex<bool>,
    /// How much may be lent, pieces.
    pub(crate) limit: Mutex<usize>,
    /// The table that the library gave.
    pub(crate) handlers: Mutex<Option<DOT11EXT_IHV_HANDLERS>>,
    /// The group keys that were installed or removed: the structure, and the octets of its key.
    pub(crate) keys: Mutex<Vec<(DOT11_CIPHER_DEFAULT_KEY_VALUE, Vec<u8>)>>,
    /// The packets that were sent.
    pub(crate) sent: Mutex<Vec<Vec<u8>>>,
    /// What the handlers came to that were called from inside a function of the host's.
    pub(crate) from_inside: Mutex<Vec<Win32Error>>,
}

impl Seen {
    pub(crate) const fn new() -> Self {
        Self {
            lent: Mutex::new(BTreeMap::new()),
            completes_at_once: Mutex::new(false),
            limit: Mutex::new(usize::MAX),
            handlers: Mutex::new(None),
            keys: Mutex::new(Vec::new()),
            sent: Mutex::new(Vec::new()),
            from_inside: Mutex::new(Vec::new()),
        }
    }
}

/// A library of a test's own, with [`crate::scripted::Scripted`] inside.
macro_rules! library {
    ($name:ident) => {
        struct $name;

        impl portcullis_ihv::abi::Exported for $name {
            fn service() -> &'static portcullis_ihv::abi::Service {
                static SERVICE: portcullis_ihv::abi::Service = portcullis_ihv::abi::Service::new(
                    portcullis_ihv::abi::Provisions::new(|| {
                        let diary = <$name as crate::side::Library>::diary();
                        Ok(Box::new(crate::scripted::Scripted::new(diary)))
                    })
                    .with_address(|_| Some(frame::MacAddress([2, 0, 0, 0, 0, 1]))),
                );
                &SERVICE
            }
        }

        impl crate::side::Library for $name {
            fn diary() -> &'static crate::scripted::Diary {
                static DIARY: crate::scripted::Diary = crate::scripted::Diary::new();
                &DIARY
            }

            fn seen() -> &'static crate::side::Seen {
                static SEEN: crate::side::Seen = crate::side::Seen::new();
                &SEEN
            }
        }
    };
}
pub(crate) use library;

/// The host's handle of every test's adapter.
pub(crate) fn host_adapter() -> HANDLE {
    ptr::without_provenance_mut(0x77)
}

/// The extension's.
pub(crate) fn adapter() -> HANDLE {
    ptr::without_provenance_mut(usize::try_from(ADAPTER.0).unwrap())
}

/// A handle that nobody has given.
pub(crate) fn stranger() -> HANDLE {
    ptr::without_provenance_mut(0x0bad)
}

/// Begins the service and brings the adapter.
pub(crate) fn begin<X: Library>() -> DOT11EXT_IHV_HANDLERS {
    let mut handlers = DOT11EXT_IHV_HANDLERS::default();
    // SAFETY: both tables are there.
    let code = unsafe { init_service::<X>(0, &mut apis::<X>(), ptr::null_mut(), &mut handlers) };
    assert_eq!(code, 0);
    *X::seen().handlers.lock().unwrap() = Some(handlers);
    let mut made = ptr::null_mut();
    // SAFETY: the adapter and the room are there.
    let code = unsafe { handlers.Dot11ExtIhvInitAdapter.unwrap()(&mut dot11_adapter(), host_adapter(), &mut made) };
    assert_eq!((code, made), (0, adapter()));
    handlers
}

/// Takes the adapter away, ends the service, and sees whether everything was given back.
pub(crate) fn end<X: Library>(handlers: &DOT11EXT_IHV_HANDLERS) {
    // SAFETY: the service runs.
    unsafe {
        handlers.Dot11ExtIhvDeinitAdapter.unwrap()(adapter());
        handlers.Dot11ExtIhvDeinitService.unwrap()();
    }
    assert!(X::seen().lent.lock().unwrap().is_empty());
}

pub(crate) fn dot11_adapter() -> DOT11_ADAPTER {
    DOT11_ADAPTER {
        gAdapterId: GUID::default(),
        pszDescription: ptr::null_mut(),
        Dot11CurrentOpMode: DOT11_CURRENT_OPERATION_MODE {
            uReserved: 0,
            uCurrentOpMode: 1,
        },
    }
}

/// A packet of EAPOL's EtherType.
pub(crate) fn packet(data: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 0x88, 0x8e], data].concat()
}

/// Delivers one.
pub(crate) fn receive(handlers: &DOT11EXT_IHV_HANDLERS, data: &[u8]) -> Win32Error {
    receive_octets(handlers, packet(data))
}

/// Delivers a buffer.
pub(crate) fn receive_octets(handlers: &DOT11EXT_IHV_HANDLERS, mut octets: Vec<u8>) -> Win32Error {
    let length = u32::try_from(octets.len()).unwrap();
    // SAFETY: the octets are there.
    Win32Error(unsafe { handlers.Dot11ExtIhvReceivePacket.unwrap()(adapter(), length, octets.as_mut_ptr().cast()) })
}

/// A table of which the tests use four functions; the others refuse.
pub(crate) fn apis<X: Library>() -> DOT11EXT_APIS {
    DOT11EXT_APIS {
        Dot11ExtAllocateBuffer: Some(allocate::<X>),
        Dot11ExtFreeBuffer: Some(free::<X>),
        Dot11ExtSetProfileCustomUserData: Some(refuse_user_data),
        Dot11ExtGetProfileCustomUserData: Some(refuse_to_say),
        Dot11ExtSetCurrentProfile: Some(refuse_profile),
        Dot11ExtSendUIRequest: Some(refuse_two),
        Dot11ExtPreAssociateCompletion: Some(refuse_completion),
        Dot11ExtPostAssociateCompletion: Some(refuse_port),
        Dot11ExtSendNotification: Some(refuse_two),
        Dot11ExtSendPacket: Some(send::<X>),
        Dot11ExtSetEtherTypeHandling: Some(refuse_handling),
        Dot11ExtSetAuthAlgorithm: Some(refuse_number),
        Dot11ExtSetUnicastCipherAlgorithm: Some(refuse_number),
        Dot11ExtSetMulticastCipherAlgorithm: Some(refuse_number),
        Dot11ExtSetDefaultKey: Some(set_default_key::<X>),
        Dot11ExtSetKeyMappingKey: Some(refuse_two),
        Dot11ExtSetDefaultKeyId: Some(refuse_number),
        Dot11ExtNicSpecificExtension: Some(refuse_request),
        Dot11ExtSetExcludeUnencrypted: Some(refuse_signed),
        Dot11ExtStartOneX: Some(refuse_two),
        Dot11ExtStopOneX: Some(refuse_one),
        Dot11ExtProcessOneXPacket: Some(refuse_packet),
    }
}

unsafe extern "system" fn allocate<X: Library>(length: DWORD, memory: *mut LPVOID) -> DWORD {
    let mut lent = X::seen().lent.lock().unwrap();
    if lent.len() >= *X::seen().limit.lock().unwrap() {
        return Win32Error::NOT_ENOUGH_MEMORY.0;
    }
    // Not zero, so that nobody relies on it.
    let mut words = vec![0xdead_beef_dead_beef; usize::try_from(length).unwrap().div_ceil(8).max(1)];
    let address: *mut u64 = words.as_mut_ptr();
    lent.insert(address.expose_provenance(), words);
    // SAFETY: there is room.
    unsafe { memory.write(address.cast()) };
    0
}

unsafe extern "system" fn free<X: Library>(memory: LPVOID) {
    let known = X::seen().lent.lock().unwrap().remove(&memory.addr());
    assert!(memory.is_null() || known.is_some(), "freed what was not lent");
}

unsafe extern "system" fn send<X: Library>(_: HANDLE, length: ULONG, octets: LPVOID, completion: HANDLE) -> DWORD {
    // SAFETY: the extension vouches for the octets.
    let sent = unsafe { core::slice::from_raw_parts(octets.cast::<u8>(), usize::try_from(length).unwrap()) };
    X::seen().sent.lock().unwrap().push(sent.to_vec());
    if *X::seen().completes_at_once.lock().unwrap() {
        let handlers = X::seen().handlers.lock().unwrap().unwrap();
        // SAFETY: the service runs.
        unsafe {
            let complete = handlers.Dot11ExtIhvSendPacketCompletion.unwrap();
            let codes = [
                complete(stranger()),
                complete(completion),
                complete(completion),
                handlers.Dot11ExtIhvAdapterReset.unwrap()(adapter()),
            ];
            *X::seen().from_inside.lock().unwrap() = codes.map(Win32Error).to_vec();
        }
    }
    0
}

unsafe extern "system" fn set_default_key<X: Library>(
    _: HANDLE,
    key: *mut DOT11_CIPHER_DEFAULT_KEY_VALUE,
    _: u32,
) -> DWORD {
    // SAFETY: the extension vouches for the structure, and for its key.
    let (structure, octets) = unsafe {
        let structure = key.read();
        let at = (&raw const (*key).ucKey).cast::<u8>();
        (
            structure,
            core::slice::from_raw_parts(at, structure.usKeyLength.into()).to_vec(),
        )
    };
    X::seen().keys.lock().unwrap().push((structure, octets));
    0
}

/// Functions of every shape that do nothing but refuse.
macro_rules! refuse {
    ($($name:ident($($generic:ident)?; $($type:ty),*);)*) => {$(
        unsafe extern "system" fn $name$(<$generic>)?($(_: $type),*) -> DWORD {
            Win32Error::NOT_SUPPORTED.0
        }
    )*};
}

refuse! {
    refuse_one(; HANDLE);
    refuse_two(T; HANDLE, *mut T);
    refuse_number(; HANDLE, DWORD);
    refuse_signed(; HANDLE, i32);
    refuse_packet(; HANDLE, DWORD, LPVOID);
    refuse_completion(; HANDLE, HANDLE, DWORD, DWORD);
    refuse_port(; HANDLE, HANDLE, *mut DOT11_MAC_ADDRESS, DWORD, DWORD);
    refuse_user_data(; HANDLE, HANDLE, DWORD, DWORD, LPVOID);
    refuse_to_say(; HANDLE, HANDLE, DWORD, *mut DWORD, *mut LPVOID);
    refuse_request(; HANDLE, DWORD, LPVOID, *mut DWORD, LPVOID);
    refuse_handling(T; HANDLE, ULONG, ULONG, *mut T, ULONG, *mut u16);
}

unsafe extern "system" fn refuse_profile<T, U>(_: HANDLE, _: HANDLE, _: *mut T, _: *mut U) -> DWORD {
    Win32Error::NOT_SUPPORTED.0
}
