//! A library in C, loaded: the functions that the host lends it, and the threads that it calls them on.

use crate::quiet::{KEPT, Quiet};
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use portcullis_ihv::abi::{Loaded, PacketForm};
use portcullis_ihv::{
    AdapterCapabilities, AdapterInfo, BssType, ConnectivityProfile, Extension, ExtensionAdapter, Guid, HostAdapter,
    ProfileParameters, SecurityPacket, SecurityProfile, Win32Error,
};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

/// Compiles the puppet; `None` where there is no compiler.
fn puppet(name: &str, arguments: &[&str]) -> Option<String> {
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libpuppet-{name}-{}.so", std::process::id()));
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiled = Command::new("cc")
        .args(["-std=gnu11", "-shared", "-fPIC", "-pthread", "-Wall", "-Werror", "-I"])
        .arg(crate_root.join("../../include"))
        .args(arguments)
        .arg("-o")
        .arg(&library)
        .arg(crate_root.join("tests/boundary/puppet.c"))
        .output();
    let Ok(output) = compiled else {
        println!("left out: there is no C compiler");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(library.to_str().unwrap().into())
}

/// Loads it. What comes out of the channel is a wish to be called.
fn load(library: &str) -> (Loaded, Receiver<()>) {
    let (wake, woken) = channel();
    let wake = Mutex::new(wake);
    // Nobody may listen any more.
    let wake = Box::new(move || {
        let _ = wake.lock().unwrap().send(());
    });
    // SAFETY: the puppet keeps to the interface.
    let loaded = unsafe { Loaded::open(Path::new(library), wake) };
    (loaded.unwrap(), woken)
}

/// Begins the service and brings an adapter.
fn begin(loaded: &mut Loaded, host: &mut Quiet) -> ExtensionAdapter {
    loaded.init_service(0).unwrap();
    loaded.init_virtual_station().unwrap();
    let info = AdapterInfo {
        id: Guid(1),
        description: String::new(),
        address: MacAddress([2, 0, 0, 0, 0, 1]),
        capabilities: AdapterCapabilities::default(),
    };
    loaded.init_adapter(host, HostAdapter(0x77), &info).unwrap()
}

/// What the puppet has heard.
struct Heard([u8; 56]);

#[expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
impl Heard {
    fn number(&self, index: usize) -> u32 {
        u32::from_ne_bytes(self.0[4 * index..][..4].try_into().unwrap())
    }

    fn codes(&self) -> [Win32Error; 3] {
        [0, 1, 2].map(|index| Win32Error(self.number(index)))
    }

    fn answer(&self, index: usize) -> &[u8] {
        let length = usize::try_from(self.number(3 + index)).unwrap();
        &self.0[20 + 16 * index..][..length]
    }

    fn is_virtual(&self) -> bool {
        self.number(13) != 0
    }
}

fn tell(loaded: &mut Loaded, host: &mut Quiet, adapter: ExtensionAdapter, what: &[u8]) -> Heard {
    Heard(loaded.control(host, adapter, what).unwrap().try_into().unwrap())
}

#[test]
fn r01_two_functions_make_an_extension_and_a_third_is_not_looked_for_before_the_service_has_begun() {
    for (name, arguments, station) in [
        ("two", &[][..], Err(Win32Error::NOT_SUPPORTED)),
        ("three", &["-DTHIRD"], Ok(())),
    ] {
        let Some(library) = puppet(name, arguments) else { return };
        let (mut loaded, _woken) = load(&library);
        assert_eq!(loaded.init_service(0), Ok(()), "{name}");
        assert_eq!(loaded.init_virtual_station(), station, "{name}");
        loaded.deinit_service();
    }
}

#[test]
fn a_thread_of_the_extensions_own_gets_its_answers() {
    let Some(library) = puppet("asking", &["-DTHIRD"]) else {
        return;
    };
    let (mut loaded, woken) = load(&library);
    let mut host = Quiet::default();
    let adapter = begin(&mut loaded, &mut host);
    assert_eq!(loaded.control(&mut host, adapter, b"ask"), Ok(Vec::new()));
    // One question after the other, and the memory for one of the answers.
    while host.questions.is_empty() {
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        loaded.handle_timeout(&mut host);
    }
    let heard = tell(&mut loaded, &mut host, adapter, b"tell");
    assert_eq!(heard.codes(), [Win32Error::SUCCESS; 3]);
    assert_eq!((heard.answer(0), heard.answer(1)), (KEPT, &b"tahw"[..]));
    assert!(heard.is_virtual());
    loaded.deinit_adapter(&mut host, adapter);
}

#[test]
fn a_handler_that_waits_for_a_thread_that_waits_for_the_host_is_no_deadlock() {
    let Some(library) = puppet("waiting", &["-DTHIRD"]) else {
        return;
    };
    let (mut loaded, _woken) = load(&library);
    let mut host = Quiet::default();
    let adapter = begin(&mut loaded, &mut host);
    let heard = tell(&mut loaded, &mut host, adapter, b"wait");
    assert_eq!(heard.codes()[1], Win32Error::TIMEOUT);
    // The question is still there, and nobody waits for an answer.
    loaded.handle_timeout(&mut host);
    assert!(host.questions.is_empty());
    loaded.deinit_adapter(&mut host, adapter);
}

#[test]
fn a_handler_that_the_host_lends_nothing_to_is_told_so_at_once() {
    let Some(library) = puppet("alone", &["-DTHIRD"]) else {
        return;
    };
    let (mut loaded, _woken) = load(&library);
    let mut host = Quiet::default();
    let adapter = begin(&mut loaded, &mut host);
    let profile = ProfileParameters {
        ssids: Vec::new(),
        bss_type: BssType::Infrastructure,
    };
    let (connectivity, security) = (ConnectivityProfile::default(), SecurityProfile::default());
    let refused = loaded.validate_profile(adapter, &profile, &connectivity, &security);
    assert_eq!(refused.unwrap_err().error, Win32Error::INVALID_OPERATION);
    loaded.deinit_adapter(&mut host, adapter);
}

#[test]
fn r27_packets_cross_in_the_form_that_the_extension_was_built_for() {
    let Some(library) = puppet("packets", &["-DTHIRD"]) else {
        return;
    };
    for form in [PacketForm::Header, PacketForm::Frame] {
        let (loaded, _woken) = load(&library);
        let mut loaded = loaded.with_packet_form(form);
        let mut host = Quiet::default();
        let adapter = begin(&mut loaded, &mut host);
        let peer = MacAddress([2, 0, 0, 0, 0, 2]);
        let packet = SecurityPacket {
            peer,
            ethertype: EtherType::EAPOL,
            data: b"data",
        };
        assert_eq!(loaded.receive_packet(&mut host, adapter, packet), Ok(()), "{form:?}");
        assert_eq!(host.sent, [(peer, 0x888e, b"data".to_vec())], "{form:?}");
        loaded.deinit_adapter(&mut host, adapter);
    }
}

#[test]
fn a_handle_that_the_extension_never_gave_is_the_extensions_to_refuse() {
    let Some(library) = puppet("stranger", &["-DTHIRD"]) else {
        return;
    };
    let (mut loaded, _woken) = load(&library);
    let mut host = Quiet::default();
    let adapter = begin(&mut loaded, &mut host);
    let packet = SecurityPacket {
        peer: MacAddress([2, 0, 0, 0, 0, 2]),
        ethertype: EtherType::EAPOL,
        data: b"data",
    };
    // What the puppet says, whatever the loader knows.
    let refused = loaded.receive_packet(&mut host, ExtensionAdapter(0xbad), packet);
    assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
    loaded.deinit_adapter(&mut host, adapter);
}
