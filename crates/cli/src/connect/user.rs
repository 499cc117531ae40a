//! The user of a network with 802.1X: the method, and where its secrets come from.

use super::secret::first_line;
use crate::eap::{self, MethodName, User, UserArgs};
use clap::{ArgGroup, Args as ClapArgs};
use host::OneXProfile;
use std::path::Path;

/// The user, where the network authenticates users.
#[derive(ClapArgs, Debug)]
#[command(group(ArgGroup::new("user").multiple(true).requires("eap").args([
    "identity", "anonymous", "sim_file", "ca_file", "system_cas", "server_name", "server_domain", "server_fingerprint",
    "ask_about_server", "insecure_no_server_check", "client_cert", "client_key", "client_key_passphrase_file",
    "tls_version", "tls_192_bits", "without_crypto_binding",
])))]
pub(super) struct OneXArgs {
    /// Authenticate the user by 802.1X, with this EAP method. Whatever it lacks is asked for at the terminal.
    #[arg(long, value_enum, value_name = "METHOD",
          conflicts_with_all = ["passphrase_file", "psk_file", "pmk_file", "wep_key_file", "password_id", "open"])]
    eap: Option<MethodName>,
    #[command(flatten)]
    user: UserArgs,
}

impl OneXArgs {
    /// What the host's 802.1X module is given, if it is to be used; the first line of `password` is the password.
    ///
    /// # Errors
    /// See [`eap::Error`].
    pub(super) fn read(&self, password: Option<&Path>) -> Result<Option<OneXProfile>, eap::Error> {
        let Some(method) = self.eap else { return Ok(None) };
        let user = User::read(method, &self.user, password.map(first_line).transpose()?)?;
        Ok(Some(OneXProfile::new(move || user.profile_for_the_air())))
    }
}
