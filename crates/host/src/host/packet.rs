//! Packets to the extension, and word of those that it sent.

use super::Host;
use crate::adapter::PacketId;
use crate::event::{Code, DropReason, Kind, Text};
use crate::state::{Handler, Queued};
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{Extension, HostAdapter, SecurityPacket};

impl<E: Extension> Host<E> {
    /// A packet was received. Only registered EtherTypes reach the extension (R23); while it is busy, or
    /// its operation has not begun yet, they wait, up to the backlog that it named (R24).
    pub(super) fn packet_received(&mut self, handle: HostAdapter, packet: SecurityPacket<'_>, encrypted: Option<bool>) {
        let SecurityPacket { peer, ethertype, data } = packet;
        let default_backlog = self.state.config.default_backlog;
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        let registered = adapter.handling.registrations.contains(&ethertype);
        let port = adapter.ports.iter().find(|port| port.state.peer == peer);
        let expected = port.is_some() || adapter.is_associating_with(peer);
        let forged = encrypted == Some(false) && port.is_some_and(|port| port.wants_encrypted(ethertype, data));
        match (registered, port) {
            (true, Some(_)) if forged => self.drop_packet(handle, peer, ethertype, DropReason::Unencrypted),
            (true, Some(port)) if port.begun && adapter.backlog.is_empty() && !self.extension.is_busy(extension) => {
                self.hand_over(handle, packet, encrypted);
            }
            (true, _) if expected => {
                let limit = match adapter.handling.max_backlog {
                    0 => default_backlog,
                    limit => limit,
                };
                adapter.backlog.push_back(Queued {
                    peer,
                    ethertype,
                    data: data.into(),
                    encrypted,
                });
                if adapter.backlog.len() > limit as usize
                    && let Some(oldest) = adapter.backlog.pop_front()
                {
                    self.drop_packet(handle, oldest.peer, oldest.ethertype, DropReason::Backlog);
                }
                self.deliver(handle);
            }
            // Data on an open port is the operating system's affair.
            (false, Some(port)) if port.state.authorized => {}
            (false, Some(_)) => self.drop_packet(handle, peer, ethertype, DropReason::PortClosed),
            (_, None) | (true, _) => self.drop_packet(handle, peer, ethertype, DropReason::NoPort),
        }
    }

    /// Hands over what has waited, one packet at a time, in the order of arrival.
    pub(super) fn deliver(&mut self, handle: HostAdapter) {
        loop {
            let Some(adapter) = self.state.adapter_mut(handle) else {
                return;
            };
            let Some(extension) = adapter.extension else { return };
            let ready = adapter.backlog.front().is_some_and(|oldest| {
                adapter
                    .ports
                    .iter()
                    .any(|port| port.state.peer == oldest.peer && port.begun)
            });
            if !ready || self.extension.is_busy(extension) {
                return;
            }
            let Some(Queued {
                peer,
                ethertype,
                data,
                encrypted,
            }) = adapter.backlog.pop_front()
            else {
                return;
            };
            let data = &data;
            self.hand_over(handle, SecurityPacket { peer, ethertype, data }, encrypted);
        }
    }

    fn hand_over(&mut self, handle: HostAdapter, packet: SecurityPacket<'_>, encrypted: Option<bool>) {
        let SecurityPacket { peer, ethertype, data } = packet;
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        let Some(port) = adapter.ports.iter_mut().find(|port| port.state.peer == peer) else {
            return;
        };
        let message = port.message(ethertype, data);
        port.note_received(message, encrypted);
        let session_id = port.state.session_id;
        self.state
            .event(handle, Some(peer), Some(session_id), || Kind::PacketReceived {
                ethertype: ethertype.0,
                octets: data.len(),
                message: message.map(Text),
            });
        if let Err(error) = self.call(Handler::Other, handle, |to, host| {
            to.receive_packet(host, extension, packet)
        }) {
            self.state
                .event(handle, Some(peer), Some(session_id), || Kind::PacketRefused {
                    ethertype: ethertype.0,
                    message: message.map(Text),
                    error: Code(error),
                });
        }
    }

    fn drop_packet(&mut self, handle: HostAdapter, peer: MacAddress, ethertype: EtherType, why: DropReason) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        adapter.dropped += 1;
        let dropped = adapter.dropped;
        self.state.event(handle, Some(peer), None, || Kind::PacketDropped {
            ethertype: ethertype.0,
            why,
            dropped,
        });
    }

    /// The adapter is done with a packet: the extension hears of it once (R26).
    pub(super) fn packet_sent(&mut self, handle: HostAdapter, id: PacketId, sent: bool) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(index) = adapter
            .outstanding
            .iter()
            .position(|(outstanding, _)| *outstanding == id)
        else {
            return;
        };
        let (_, completion) = adapter.outstanding.remove(index);
        if !sent {
            self.state.event(handle, None, None, || Kind::PacketNotSent {});
        }
        // An extension that does not know its own handle has nothing to undo.
        let _ = self.call(Handler::Other, handle, |to, host| {
            to.send_packet_completion(host, completion)
        });
    }

    /// The adapter will not report on these packets any more. What the extension sends when it hears of
    /// it is not among them: the adapter reports on that.
    pub(super) fn complete_outstanding(&mut self, handle: HostAdapter) {
        let outstanding: Vec<PacketId> = self
            .state
            .adapter(handle)
            .map(|adapter| adapter.outstanding.iter().map(|(id, _)| *id).collect())
            .unwrap_or_default();
        for id in outstanding {
            self.packet_sent(handle, id, false);
        }
    }
}
