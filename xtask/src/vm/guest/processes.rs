//! Programs inside the virtual machine: those that are run to their end, and daemons.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// How long to wait between two looks at something that gives no notice.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Runs a program to its end and gives its output.
///
/// # Errors
/// If it cannot be started or fails; with what it said.
pub(super) fn run<S: AsRef<OsStr>>(words: &[S]) -> Result<String> {
    let mut command = command(words)?;
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {}", said.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program and tells whether it succeeded.
pub(super) fn succeeds<S: AsRef<OsStr>>(words: &[S]) -> Result<bool> {
    let mut command = command(words)?;
    Ok(command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {command:?}"))?
        .status
        .success())
}

/// The command line that runs a program in a network namespace.
pub(super) fn within<'a>(namespace: &'a str, words: &[&'a str]) -> Vec<&'a str> {
    [&["ip", "netns", "exec", namespace], words].concat()
}

/// Looks until there is something to see or the time is over.
///
/// # Errors
/// Those of looking.
pub(super) fn poll<T>(deadline: Instant, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    loop {
        match look()? {
            Some(seen) => return Ok(Some(seen)),
            None if Instant::now() >= deadline => return Ok(None),
            None => thread::sleep(PAUSE),
        }
    }
}

fn command<S: AsRef<OsStr>>(words: &[S]) -> Result<Command> {
    let (program, arguments) = words.split_first().context("a command without a program")?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// A program that runs beside the agent. Its output is written to a log and handed out line by line.
/// Dropping it kills it.
pub(super) struct Daemon {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

/// Signals of which a scenario makes use.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Interrupt,
    Terminate,
    Stop,
    Continue,
    FirstOfUser,
    SecondOfUser,
    Abort,
}

impl Signal {
    const fn option(self) -> &'static str {
        match self {
            Self::Interrupt => "-INT",
            Self::Terminate => "-TERM",
            Self::Stop => "-STOP",
            Self::Continue => "-CONT",
            Self::FirstOfUser => "-USR1",
            Self::SecondOfUser => "-USR2",
            Self::Abort => "-ABRT",
        }
    }
}

impl Daemon {
    /// Starts a program; `log` gets its output, and its errors go to the same name with `.err`.
    ///
    /// # Errors
    /// If it cannot be started or the log cannot be written.
    pub(super) fn start<S: AsRef<OsStr>>(words: &[S], log: &Path) -> Result<Self> {
        Self::start_with_input(words, log, Stdio::null())
    }

    /// The same with something that the program reads.
    ///
    /// # Errors
    /// As [`Daemon::start`].
    pub(super) fn start_with_input<S: AsRef<OsStr>>(words: &[S], log: &Path, input: Stdio) -> Result<Self> {
        let mut command = command(words)?;
        let errors = File::options()
            .create(true)
            .append(true)
            .open(log.with_added_extension("err"))?;
        let mut log = File::options().create(true).append(true).open(log)?;
        command.stdin(input).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let output = child.stdout.take().context("no output to read")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // A log that cannot be written is missed later; the scenario itself goes on.
                let _ = writeln!(log, "{line}");
                if sender.send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// The next line of output and when it came; `None` when the time is over or the program has ended.
    pub(super) fn next_line(&self, deadline: Instant) -> Option<(Instant, String)> {
        self.lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .ok()
    }

    /// How the program ended; `None` if it still runs at the deadline.
    pub(super) fn wait(&mut self, deadline: Instant) -> Result<Option<ExitStatus>> {
        poll(deadline, || Ok(self.child.try_wait()?))
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        run(&["kill", signal.option(), &self.child.id().to_string()]).map(drop)
    }

    /// Signals the processes that it has started itself.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn signal_children(&self, signal: Signal) -> Result<()> {
        let children = children(self.child.id())?;
        ensure!(!children.is_empty(), "the program has started no other");
        let command = [&["kill".to_owned(), signal.option().to_owned()], &*children].concat();
        run(&command).map(drop)
    }
}

/// The processes whose parent this one is.
fn children(parent: u32) -> Result<Vec<String>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")? {
        // Those that are no process, or none any more, have no such file.
        let stat = fs::read_to_string(entry?.path().join("stat")).unwrap_or_default();
        if let Some((child, found)) = parentage(&stat)
            && found == parent
        {
            children.push(child.to_owned());
        }
    }
    Ok(children)
}

/// A process and its parent: `42 (any (name)) S 7 …`.
fn parentage(stat: &str) -> Option<(&str, u32)> {
    let (id, rest) = stat.split_once(' ')?;
    let (_, rest) = rest.rsplit_once(')')?;
    Some((id, rest.split_whitespace().nth(1)?.parse().ok()?))
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails if it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_names_its_parent_whatever_its_own_name_is() {
        assert_eq!(parentage("42 (portcullis) S 7 1 1"), Some(("42", 7)));
        assert_eq!(parentage("42 (a) b) 9 (c) R 7 1 1"), Some(("42", 7)));
        assert_eq!(parentage(""), None);
    }

    #[test]
    fn the_children_of_a_process_are_found() {
        let mut child = Command::new("sleep").arg("10").spawn().unwrap();
        let found = children(std::process::id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found.contains(&child.id().to_string()), "{found:?}");
    }
}
