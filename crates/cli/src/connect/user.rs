//! The user of a network with 802.1X: the method, and where its secrets come from.

use super::pins::{Pins, PinsError};
use super::secret::Place;
use crate::eap::{self, MethodName, User, UserArgs};
use clap::{ArgGroup, Args as ClapArgs};
use host::OneXProfile;
use ihv::OneXFailure;
use rand_chacha::rand_core::CryptoRng;
use std::path::PathBuf;

/// The user, where the network authenticates users.
#[derive(ClapArgs, Debug)]
#[command(group(ArgGroup::new("user").multiple(true).requires("eap").args([
    "identity", "anonymous", "sim_file", "ca_file", "system_cas", "server_name", "server_domain", "server_fingerprint",
    "require_staple", "ask_about_server", "insecure_no_server_check", "client_cert", "client_key", "client_key_passphrase_file",
    "tls_version", "tls_192_bits", "without_crypto_binding",
])))]
pub(super) struct OneXArgs {
    /// Authenticate the user by 802.1X, with this EAP method. Whatever it lacks is asked for at the terminal.
    #[arg(long, value_enum, value_name = "METHOD",
          conflicts_with_all = ["passphrase_file", "passphrase_key", "psk_file", "pmk_file", "wep_key_file", "password_id", "open"])]
    eap: Option<MethodName>,
    #[command(flatten)]
    user: UserArgs,
    /// Keep in this file (readable for its owner alone) which servers of this network were trusted, so that the next run
    /// asks about another one only.
    #[arg(long, value_name = "FILE", requires = "ask_about_server")]
    pin_file: Option<PathBuf>,
}

impl OneXArgs {
    /// What the host's 802.1X module is given, if it is to be used; the password is read from its place. `rng` must be
    /// unpredictable.
    ///
    /// # Errors
    /// See [`eap::Error`].
    pub(super) fn read(
        &self,
        password: Option<Place>,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<OneXProfile>, eap::Error> {
        let Some(method) = self.eap else { return Ok(None) };
        method.check_for_the_air(self.user.believes_anybody())?;
        let password = password.map(|place| place.first_line()).transpose()?;
        // Whoever says anything else of the user or of the server to be believed is somebody else to what is remembered.
        let mut name = format!("{method:?} {:?}", self.user).into_bytes();
        if !self.user.says_all(password.is_some()) {
            // Who is asked may answer as anybody: what is remembered then is for this run.
            let mut run = [0; 16];
            rng.fill_bytes(&mut run);
            name.extend(run);
        }
        let secret = password.clone().unwrap_or_default();
        let user = User::read(method, &self.user, password)?;
        Ok(Some(
            OneXProfile::new(move |strength| user.profile_for_the_air(strength)).with_user(&name, &secret),
        ))
    }

    /// The servers that were trusted in earlier runs.
    ///
    /// # Errors
    /// See [`PinsError`].
    pub(super) fn pins(&self) -> Result<Pins, PinsError> {
        self.pin_file.as_deref().map_or_else(|| Ok(Pins::default()), Pins::read)
    }

    /// What it looks like when a password is wrong that a person has typed.
    pub(super) fn of_wrong_password(&self) -> &'static [OneXFailure] {
        self.eap.map_or(&[], MethodName::of_wrong_password)
    }
}

#[cfg(test)]
mod tests {
    use adapter::simulated::{AccessPointConfig, EapServer, Impairments, ManagementProtection, Secrets};
    use clap::Parser;
    use core::time::Duration;
    use extension::profile::{Secret, SecurityFragment};
    use frame::{Akm, Cipher};
    use onex::server::Subscriber;
    use onex::usim::{AuthenticationCentre, Subscription};
    use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use zeroize::Zeroizing;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: crate::connect::Args,
    }

    /// A network of a subscriber whose last challenge had the number 0x40.
    fn network() -> Network {
        let subscription = || Subscription {
            imsi: "001010123456789".into(),
            network_digits: 2,
            k: Zeroizing::new([1; 16]),
            opc: Zeroizing::new([2; 16]),
            sqn: 0x40,
        };
        let server = EapServer::new(Duration::ZERO, move || {
            vec![Box::new(Subscriber::aka_prime(AuthenticationCentre::new(
                subscription(),
            )))]
        });
        let config = AccessPointConfig {
            akms: vec![Akm::EAP_SHA256],
            secrets: Secrets {
                eap: Some(server),
                ..Secrets::default()
            },
            management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
            ..AccessPointConfig::wpa2(SSID, BSSID, psk())
        };
        Network::with(7, Impairments::default(), config)
    }

    #[test]
    fn a_subscriber_is_let_in_and_the_card_remembers_it_in_the_next_run() {
        let path = std::env::temp_dir().join(format!("portcullis-connect-card-{}", std::process::id()));
        let card = |sqn: u64| {
            let (k, opc) = ("01".repeat(16), "02".repeat(16));
            format!("imsi = 001010123456789\nk = {k}\nopc = {opc}\nsqn = {sqn:012x}\n")
        };
        fs::write(&path, card(0x40)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let line = format!(
            "connect -i wlan0 --ssid castle --eap aka-prime --sim-file {}",
            path.display()
        );
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        // The second network says the challenge of the first again, and is told that the card knows it.
        for sqn in [0x60, 0x80] {
            let args = Cli::try_parse_from(line.split(' ')).map(|cli| cli.args).unwrap();
            let user = args.onex.read(None, &mut rng).unwrap().unwrap();
            let mut network = network();
            network.connect_as(&SecurityFragment::new(Secret::OneX), user);
            network.pass(LONG);
            assert!(network.is_authorized(), "{sqn:x}");
            assert_eq!(fs::read_to_string(&path).unwrap(), card(sqn));
        }
        fs::remove_file(path).unwrap();
    }
}
