//! Taking the steps of a scenario.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::processes::{self, Signal};
use super::world::World;
use crate::vm::scenario::{
    Answer, ApSays, ApSees, Connect, CountEvents, ExpectRekeys, HostapdCli, NoEvent, OfAccessPoint, OfStation, Ping,
    Port, PortState, Power, Secret, Step, StopAp, Switch, Traffic, WaitEvent, WaitExit,
};

/// How long traffic may take to flow once a port is open.
const TRAFFIC: Duration = Duration::from_secs(8);

/// Takes one step.
///
/// # Errors
/// With what was seen instead of what the step expects.
pub(super) fn take(step: &Step, world: &mut World) -> Result<()> {
    match step {
        Step::StartAp(OfAccessPoint { ap }) => world.ap(ap.as_deref())?.start(),
        Step::StopAp(StopAp { ap, how }) => world.ap(ap.as_deref())?.stop(*how),
        Step::RestartAp(StopAp { ap, how }) => {
            let ap = world.ap(ap.as_deref())?;
            ap.stop(*how)?;
            ap.start()
        }
        Step::ResumeAp(OfAccessPoint { ap }) => world.ap(ap.as_deref())?.resume(),
        Step::OutOfReach(OfAccessPoint { ap }) => world.ap(ap.as_deref())?.radio.set_in_reach(false),
        Step::InReach(OfAccessPoint { ap }) => world.ap(ap.as_deref())?.radio.set_in_reach(true),
        Step::HostapdCli(step) => hostapd_cli(step, world),
        Step::ApSays(step) => ap_says(step, world),
        Step::Connect(step) => connect(step, world),
        Step::WaitEvent(WaitEvent { station, event, within }) => {
            let pattern = serde_json::to_value(event)?;
            world
                .station(station.as_deref())?
                .wait_event(&pattern, Instant::now() + within.0)
        }
        Step::NoEvent(NoEvent { station, event }) => {
            let pattern = serde_json::to_value(event)?;
            world.station(station.as_deref())?.count_events(&pattern, 0)
        }
        Step::CountEvents(CountEvents { station, event, count }) => {
            let pattern = serde_json::to_value(event)?;
            world.station(station.as_deref())?.count_events(&pattern, *count)
        }
        Step::WaitExit(step) => wait_exit(step, world),
        Step::Interrupt(step) => {
            world.station(step.station.as_deref())?.signal(Signal::Interrupt)?;
            wait_exit(step, world)
        }
        Step::Freeze(OfStation { station }) => world.station(station.as_deref())?.signal(Signal::Stop),
        Step::Resume(OfStation { station }) => world.station(station.as_deref())?.signal(Signal::Continue),
        Step::Kill(OfStation { station }) => world.station(station.as_deref())?.kill(),
        Step::Unplug(OfStation { station }) => world.station(station.as_deref())?.radio.remove_interface(),
        Step::Switch(Switch { station, radio }) => {
            let radio_of = &world.station(station.as_deref())?.radio;
            radio_of.set_power(*radio == Power::On)
        }
        Step::ChangeKeys(step) => world.station(step.station.as_deref())?.change_keys(step.key),
        Step::EndExtension(step) => world.station(step.station.as_deref())?.end_extension(step.how),
        Step::Answer(Answer {
            station,
            prompt,
            text,
            within,
        }) => world
            .station(station.as_deref())?
            .answer(prompt, text, Instant::now() + within.0),
        Step::Ping(step) => ping(step, world),
        Step::ApSees(step) => ap_sees(step, world),
        Step::Port(step) => port(step, world),
        Step::ExpectRekeys(step) => expect_rekeys(step, world),
        Step::Logins(step) => world.server()?.expect(step),
        Step::Sleep(span) => {
            thread::sleep(span.0);
            Ok(())
        }
    }
}

fn hostapd_cli(step: &HostapdCli, world: &mut World) -> Result<()> {
    let mac = world.station(step.station.as_deref())?.radio.mac.clone();
    let command = step.command.replace("{station}", &mac);
    let answer = world.ap(step.ap.as_deref())?.control(&command)?;
    let contains = step.contains.as_ref().is_none_or(|text| answer.contains(text));
    let lacks = step.lacks.as_ref().is_none_or(|text| !answer.contains(text));
    ensure!(
        answer.starts_with(&step.expect) && contains && lacks,
        "hostapd answers {:?}",
        answer.trim()
    );
    Ok(())
}

fn ap_says(ApSays { ap, text, within }: &ApSays, world: &mut World) -> Result<()> {
    let ap = world.ap(ap.as_deref())?;
    let said = processes::poll(
        Instant::now() + within.0,
        || Ok((ap.lines_with(text) > 0).then_some(())),
    )?;
    said.with_context(|| format!("hostapd has not said {text:?}"))
}

fn connect(step: &Connect, world: &mut World) -> Result<()> {
    let deadline = Instant::now() + step.within.0;
    let ap = world.ap(None)?;
    let ssid = step.ssid.clone().unwrap_or_else(|| ap.scenario.ssid.clone());
    let passphrase = step.passphrase.clone().or_else(|| ap.scenario.passphrase.clone());
    let passphrase = match step.secret {
        Secret::None => String::new(),
        _ => passphrase.context("neither the step nor the first access point has a passphrase")?,
    };
    let station = world.station(step.station.as_deref())?;
    station.connect(step, &ssid, &passphrase)?;
    match step.expect_exit {
        Some(code) => station.wait_exit(code, step.expect_outcome.as_ref(), deadline),
        None => Ok(()),
    }
}

fn wait_exit(step: &WaitExit, world: &mut World) -> Result<()> {
    let deadline = Instant::now() + step.within.0;
    let station = world.station(step.station.as_deref())?;
    station.wait_exit(step.expect_exit, step.expect_outcome.as_ref(), deadline)
}

fn ping(step: &Ping, world: &mut World) -> Result<()> {
    let ap = world.ap(step.ap.as_deref())?.radio.clone();
    let station = world.station(step.station.as_deref())?.radio.clone();
    // With no neighbour known, each direction begins with a broadcast: from the access point, that needs the
    // group key.
    for radio in [&ap, &station] {
        processes::run(&["ip", "-n", &radio.namespace, "neighbour", "flush", "all"])?;
    }
    for (from, to) in [(&ap, &station), (&station, &ap)] {
        let ping = ["ping", "-c", "1", "-W", "1", &to.address];
        let answers = || processes::succeeds(&processes::within(&from.namespace, &ping));
        match step.expect {
            Traffic::Flows => {
                let answered = processes::poll(Instant::now() + TRAFFIC, || Ok(answers()?.then_some(())))?;
                ensure!(
                    answered.is_some(),
                    "{} gets no answer from {}",
                    from.namespace,
                    to.namespace
                );
            }
            Traffic::Blocked => ensure!(!answers()?, "{} gets an answer from {}", from.namespace, to.namespace),
        }
    }
    Ok(())
}

fn ap_sees(step: &ApSees, world: &mut World) -> Result<()> {
    let mac = world.station(step.station.as_deref())?.radio.mac.clone();
    let ap = world.ap(step.ap.as_deref())?;
    let seen = processes::poll(Instant::now() + step.within.0, || {
        Ok(ap.sees(&mac, step)?.then_some(()))
    })?;
    match seen {
        Some(()) => Ok(()),
        None => bail!(
            "hostapd has of the station: {}",
            ap.control(&format!("STA {mac}"))?.trim()
        ),
    }
}

fn port(step: &Port, world: &mut World) -> Result<()> {
    let station = world.station(step.station.as_deref())?;
    let open = step.state == PortState::Open;
    let seen = processes::poll(Instant::now() + step.within.0, || {
        Ok((station.port_is_open()? == open && station.link_is_up()? == open).then_some(()))
    })?;
    ensure!(
        seen.is_some(),
        "the port is {}, and the link is {}",
        if station.port_is_open()? { "open" } else { "closed" },
        if station.link_is_up()? { "up" } else { "not up" }
    );
    Ok(())
}

fn expect_rekeys(step: &ExpectRekeys, world: &mut World) -> Result<()> {
    let ap = world.ap(step.ap.as_deref())?;
    let before = ap.completed_handshakes(step.key);
    let enough = before + step.count;
    let seen = processes::poll(Instant::now() + step.within.0, || {
        Ok((ap.completed_handshakes(step.key) >= enough).then_some(()))
    })?;
    ensure!(
        seen.is_some(),
        "only {} handshakes were completed",
        ap.completed_handshakes(step.key) - before
    );
    Ok(())
}
