//! The fast re-authentication: without the card, with the keys of the last time (RFC 4186, 5; RFC 4187, 5).

use alloc::boxed::Box;

use super::aka::put_checkcode;
use super::attribute::{self, Attributes, Builder};
use super::exchange::{Exchange, Indication, NextNames, Proved, Refusal, State};
use super::message::{Message, subtype};
use super::{Renewal, crypt};
use crate::method::{Context, Step};

impl Exchange {
    /// Whether the name that was told last is that of a fast re-authentication.
    pub(super) fn has_told_renewal(&self) -> bool {
        let memory = self.memory.borrow();
        memory
            .renewal
            .as_ref()
            .is_some_and(|renewal| renewal.identity == self.told)
    }

    pub(super) fn handle_reauthentication(
        &mut self,
        context: &mut Context<'_>,
        request: &Message<'_>,
    ) -> Result<Step, Refusal> {
        if !self.has_told_renewal() {
            return Err(Refusal::unexpected("re-authentication"));
        }
        // The name is for one use, whatever comes of it.
        let taken = self.memory.borrow_mut().renewal.take();
        let renewal = taken.ok_or_else(|| Refusal::unexpected("re-authentication"))?;
        if !request.is_genuine(&renewal.session, &[]) {
            return Err(Refusal::impostor());
        }
        let checkcode = self.confirm_transcript(request)?;
        let malformed = || Refusal::malformed("re-authentication");
        let plain = crypt::decrypt(&renewal.session.encryption, &request.attributes).ok_or_else(malformed)?;
        let known = [attribute::PADDING, attribute::COUNTER, attribute::NONCE_S];
        let inner = Attributes::parse(&plain, 0, &known).ok_or_else(malformed)?;
        let (Some(counter), Some(nonce)) = (inner.number(attribute::COUNTER), inner.octets::<16>(attribute::NONCE_S))
        else {
            return Err(malformed());
        };
        let is_new = counter >= renewal.counter;
        let indication = match is_new {
            true => Indication::of(request),
            false => Indication::None,
        };
        let plain = Builder::headless()
            .number(attribute::COUNTER, counter)
            .when(!is_new, |plain| plain.octets(attribute::COUNTER_TOO_SMALL, &[]));
        let response = put_checkcode(Builder::new(subtype::REAUTHENTICATION), checkcode.as_deref());
        let response = crypt::encrypt(&renewal.session.encryption, response, plain, context.rng)
            .when(indication == Indication::Awaited, |response| {
                response.octets(attribute::RESULT_IND, &[])
            });
        let response = request.answer(&renewal.session, response, &[&nonce]);
        // With an old counter the server goes on with a full authentication.
        if is_new {
            self.state = State::Proved(Box::new(self.renewed(renewal, request, counter, &nonce, &inner)));
        }
        Ok(Step::respond(response))
    }

    fn renewed(
        &self,
        renewal: Renewal,
        request: &Message<'_>,
        counter: u16,
        nonce: &[u8; 16],
        inner: &Attributes<'_>,
    ) -> Proved {
        let code = request.attributes.octets::<16>(attribute::MAC).unwrap_or_default();
        Proved {
            master: renewal.session.renew(&self.told, counter, nonce),
            session: renewal.session,
            session_id: self.flavor.session_id([nonce, &code]),
            counter: Some(counter),
            indication: Indication::of(request),
            next: NextNames::find(inner),
        }
    }
}
