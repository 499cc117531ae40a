//! Users, and the network that authenticates them.

use super::{SEED, Stage};
use crate::network::{EPOCH, PASSWORD, USER};
use crate::subject::Subject;
use adapter::simulated::{Impairments, Simulation};
use host::event::Question;
use ihv::Guid;
use onex::method::Answer;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

impl<S: Subject> Stage<'_, S> {
    /// Goes to the network that authenticates its users. False if the extension is not to know such a one.
    pub(crate) fn enter_enterprise(&mut self) -> bool {
        let Some(enterprise) = &self.network.enterprise else {
            return false;
        };
        self.record().secrets.learn(PASSWORD.as_bytes());
        self.simulation = Simulation::new(SEED, Impairments::default());
        self.access_point = self.simulation.add_access_point((enterprise.access_point)());
        self.bssid = enterprise.bssid();
        let (now, rng) = (self.now(), ChaCha20Rng::seed_from_u64(SEED));
        self.host.lend_onex(now, EPOCH, rng);
        true
    }

    /// Connects to that network.
    pub(crate) fn connect_user(&mut self) {
        if let Some(enterprise) = &self.network.enterprise {
            self.connect_with(enterprise.profile.clone());
        }
    }

    /// Answers what the user was asked first. False if there is nothing to answer.
    pub(crate) fn answer_question(&mut self) -> bool {
        let Some((request, question)) = self.credentials.pop_front() else {
            return false;
        };
        self.does("the user answers");
        self.answer(
            request,
            match question {
                Question::Identity { .. } => Answer::Identity(USER.to_vec()),
                Question::Password { .. } => Answer::Secret(PASSWORD.into()),
                Question::ServerTrust { .. } => Answer::Trust,
                Question::NewPassword { .. } | Question::Token { .. } => Answer::Refused,
            },
        );
        true
    }

    /// Refuses to answer what the user was asked first.
    pub(crate) fn refuse_question(&mut self) {
        if let Some((request, _)) = self.credentials.pop_front() {
            self.answer(request, Answer::Refused);
        }
    }

    fn answer(&mut self, request: Guid, answer: Answer) {
        let (now, adapter) = (self.now(), self.adapter);
        if let Err(error) = self.host.answer(now, adapter, request, answer) {
            self.does(&format!("the answer comes too late: {error}"));
        }
        self.settle();
    }
}
