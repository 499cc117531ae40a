//! In which form a foreign extension wants its packets.

use clap::{Args, ValueEnum};
use ihv::abi::PacketForm;
#[cfg(unix)]
use std::process::Command;

/// The form of packets.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Packets {
    /// How the foreign extension's packets stand in their buffers. The documentation of Windows contradicts itself, and an
    /// extension may have been built on either.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Header)]
    extension_packets: Form,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Form {
    /// Peer, EtherType, data.
    Header,
    /// A whole 802.11 frame, with its MAC and LLC headers.
    Frame,
}

impl Packets {
    pub(super) const fn form(self) -> PacketForm {
        match self.extension_packets {
            Form::Header => PacketForm::Header,
            Form::Frame => PacketForm::Frame,
        }
    }

    /// Says the same to another process of this program.
    #[cfg(unix)]
    pub(super) fn hand_on(self, command: &mut Command) {
        let name = match self.extension_packets {
            Form::Header => "header",
            Form::Frame => "frame",
        };
        command.args(["--extension-packets", name]);
    }
}
