//! What an exported extension knows of its host: the table, the adapters, what is on its way, what was lent.

#![allow(unsafe_code)]

use super::packets::Packets;
use crate::abi::convert::{PacketForm, read_received};
use crate::abi::memory::{handle, number};
use crate::abi::{AdapterFacts, DOT11EXT_APIS, DOT11EXT_VIRTUAL_STATION_APIS, FACTS_LENGTH, FACTS_REQUEST, HANDLE};
use crate::{ExtensionAdapter, HostAdapter, SecurityPacket, Win32Error};
use core::ptr;
use core::time::Duration;
use frame::MacAddress;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Calls a function of the host's, if the host has it.
macro_rules! call {
    ($table:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $table.$function {
            // SAFETY: the host vouches for its table until the service ends; every pointer is null or leads to a
            // value that lives through the call.
            Some(function) => Win32Error(unsafe { function($($argument),*) }).result(),
            None => Err(Win32Error::NOT_SUPPORTED),
        }
    };
}

/// The other side. As a [`crate::Host`] it is in a module of its own.
pub(super) struct Outside {
    pub(super) apis: DOT11EXT_APIS,
    pub(super) virtual_stations: DOT11EXT_VIRTUAL_STATION_APIS,
    began: Instant,
    /// What the host has brought, by the extension's names.
    adapters: BTreeMap<ExtensionAdapter, Adapter>,
    pub(super) packets: &'static Packets,
    /// In which form packets are sent: in which they come (R27).
    pub(super) form: PacketForm,
    /// The addresses of the host's memory that the extension has.
    pub(super) buffers: BTreeSet<u64>,
}

/// An adapter that has arrived.
#[derive(Clone, Copy)]
struct Adapter {
    handle: HostAdapter,
    address: MacAddress,
}

impl Outside {
    pub(super) fn new(apis: DOT11EXT_APIS, packets: &'static Packets) -> Self {
        Self {
            apis,
            virtual_stations: DOT11EXT_VIRTUAL_STATION_APIS::default(),
            began: Instant::now(),
            adapters: BTreeMap::new(),
            packets,
            form: PacketForm::default(),
            buffers: BTreeSet::new(),
        }
    }

    pub(super) fn lend_virtual_stations(&mut self, apis: DOT11EXT_VIRTUAL_STATION_APIS) {
        self.virtual_stations = apis;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The adapter of a handle that the host has brought.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] if there is none.
    pub(super) fn adapter(&self, handle: HANDLE) -> Result<ExtensionAdapter, Win32Error> {
        let adapter = ExtensionAdapter(number(handle));
        match self.adapters.contains_key(&adapter) {
            true => Ok(adapter),
            false => Err(Win32Error::INVALID_HANDLE),
        }
    }

    pub(super) fn has_adapter(&self, adapter: HostAdapter) -> bool {
        self.address(adapter).is_some()
    }

    /// The address of an adapter that has arrived.
    pub(super) fn address(&self, adapter: HostAdapter) -> Option<MacAddress> {
        let mut adapters = self.adapters.values();
        Some(adapters.find(|known| known.handle == adapter)?.address)
    }

    pub(super) fn welcome(&mut self, adapter: ExtensionAdapter, handle: HostAdapter, address: MacAddress) {
        self.adapters.insert(adapter, Adapter { handle, address });
    }

    /// Reads a packet that an adapter has received, and remembers in which form it was.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for an adapter that is none, [`Win32Error::INVALID_PARAMETER`] for a packet that is
    /// none.
    pub(super) fn read_packet<'a>(
        &mut self,
        adapter: ExtensionAdapter,
        octets: &'a [u8],
    ) -> Result<SecurityPacket<'a>, Win32Error> {
        let own = self.adapters.get(&adapter).ok_or(Win32Error::INVALID_HANDLE)?.address;
        let (form, packet) = read_received(octets, own)?;
        self.form = form;
        Ok(packet)
    }

    /// The adapter has left. What is on its way through it stays until the host has completed it.
    pub(super) fn see_off(&mut self, adapter: ExtensionAdapter) {
        self.adapters.remove(&adapter);
    }

    /// Asks the driver for what the host's structures do not say.
    ///
    /// # Errors
    /// Whatever the host says that does not know the request.
    pub(super) fn facts(&mut self, adapter: HostAdapter) -> Result<AdapterFacts, Win32Error> {
        let answer = self.nic_specific(adapter, &FACTS_REQUEST, FACTS_LENGTH)?;
        AdapterFacts::parse(&answer)
    }

    pub(super) fn nic_specific(
        &mut self,
        adapter: HostAdapter,
        input: &[u8],
        room: usize,
    ) -> Result<Vec<u8>, Win32Error> {
        let mut answer = vec![0; room];
        let mut length = u32::try_from(room).map_err(|_| Win32Error::INVALID_PARAMETER)?;
        call!(
            self.apis,
            Dot11ExtNicSpecificExtension(
                handle(adapter.0),
                count(input)?,
                input.as_ptr().cast_mut().cast(),
                &raw mut length,
                answer.as_mut_ptr().cast(),
            )
        )?;
        answer.truncate(length as usize);
        Ok(answer)
    }

    /// A value with octets behind it, in memory of the host's that the host will free.
    ///
    /// # Errors
    /// What the host says.
    pub(super) fn present<T: Copy>(&self, value: T, behind: &[u8]) -> Result<*mut T, Win32Error> {
        let size = size_of::<T>()
            .checked_add(behind.len())
            .and_then(|size| u32::try_from(size).ok())
            .ok_or(Win32Error::NOT_ENOUGH_MEMORY)?;
        let mut memory = ptr::null_mut();
        call!(self.apis, Dot11ExtAllocateBuffer(size, &raw mut memory))?;
        if memory.is_null() {
            return Err(Win32Error::NOT_ENOUGH_MEMORY);
        }
        // SAFETY: the host has given so many octets, of which nobody knows yet.
        unsafe {
            memory.cast::<T>().write_unaligned(value);
            let rest = memory.cast::<u8>().add(size_of::<T>());
            ptr::copy_nonoverlapping(behind.as_ptr(), rest, behind.len());
        }
        Ok(memory.cast())
    }

    /// Takes back what [`Self::present`] gave.
    ///
    /// # Safety
    /// It came from there, and nobody has it.
    pub(super) unsafe fn withdraw<T>(&self, memory: *mut T) {
        if let Some(free) = self.apis.Dot11ExtFreeBuffer {
            // SAFETY: the caller vouches for it.
            unsafe { free(memory.cast()) };
        }
    }
}

/// The length of a list, for the other side.
pub(super) fn count<T>(list: &[T]) -> Result<u32, Win32Error> {
    u32::try_from(list.len()).map_err(|_| Win32Error::INVALID_PARAMETER)
}

pub(super) use call;
