/* The sentences that people read about the steps, beside the codes they explain. Words only: which
 * step and which flavour a session has is found elsewhere. (Reasons' and findings' sentences are in
 * reason.def and finding.def.) */
#ifndef KEYHOLE_MODEL_SENTENCES_H
#define KEYHOLE_MODEL_SENTENCES_H

#include "src/model/story.h"

/* What there is to say about one step; a NULL says nothing. */
struct step_sentences {
	const char *title; /* "The server shows its certificate" */
	const char *what_for;
	const char
		*listener; /* what a listener learns; NULL when TLS sealed it or there is nothing */
	const char *hidden;   /* what stays hidden from a listener */
	const char *textbook; /* the sentence that people learn, and what to make of it */
};

/* Gives the sentences for a step as it goes in this flavour. */
struct step_sentences sentences_for(enum step_id id, enum flavour f);
/* Tells the whole session in one sentence, without a capital and with a full stop. */
const char *flavour_sentence(enum flavour f);
/* Gives the name of a handshake message ("ClientHello"); NULL for what is none. */
const char *message_name(enum event_kind kind);
/* Says what an alert means, for all that IANA lists; NULL for others. */
const char *alert_sentence(uint8_t description);
/* Names what a session is taken up by: "a ticket". */
const char *resumed_by_sentence(enum resumed_by by);
/* Says what became of early data. */
const char *early_data_sentence(enum early_data e);
/* Says what becomes of the recording if the server's private key is stolen later. */
const char *later_sentence(const struct session *s);

#endif
