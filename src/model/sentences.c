#include "src/model/sentences.h"

const char *flavour_sentence(enum flavour f)
{
	static const char *const sentence[STORIES] = {
		[STORY_RSA] =
			"the client locked a random secret with the server's public key; only the "
			"private key opens it, now or in ten years.",
		[STORY_EPHEMERAL] =
			"both made a secret together from two half-keys that they then forgot; "
			"the server's key only signed its half, so it cannot open the recording.",
		[STORY_OTHER] = "both came to a common secret in a way that is rarely used today.",
		[STORY_RESUMED] =
			"they used a secret from an earlier session; nothing in this session "
			"alone can open it.",
		[STORY_TLS13] =
			"both made a secret together from two half-keys, sent in the first two "
			"messages, so that even the certificate is sealed.",
		[STORY_PSK] =
			"they began with a secret from before and, as a rule, mixed in two new "
			"half-keys; no certificate was shown again.",
		[STORY_UNSIGNED] =
			"both made a secret together from two half-keys that nobody signed: "
			"neither knows to whom it speaks.",
		[STORY_SHARED] =
			"both had the same key before, given to them outside of TLS; it takes the "
			"place of a certificate.",
		[STORY_SHARED13] =
			"they began with a key that both had before, given to them outside of "
			"TLS; it takes the place of a certificate.",
		[STORY_UNANSWERED] =
			"the client said hello, and no ServerHello answers it in this capture.",
		[STORY_LATE] =
			"the capture began after the handshake: one sees that they talk, not how "
			"they came to their keys.",
		[STORY_CLEAR] = "there is no TLS here: whoever listens reads everything.",
	};
	return sentence[f];
}

static const struct step_sentences common[STEPS] = {
	[STEP_BEFORE] =
		{
			.title = "They speak before TLS begins",
			.what_for = "Some protocols begin in plain text and turn to TLS later, or "
				    "pass a proxy first.",
			.listener = "all of it, word for word.",
		},
	[STEP_CONNECT] =
		{
			.title = "The client connects",
			.what_for = "Three TCP segments (SYN, SYN-ACK, ACK) open a channel for "
				    "bytes in both directions. "
				    "TLS speaks only when it stands.",
			.listener = "both addresses and ports, and when. No name yet.",
			.textbook = "\"connects to port 443\": 443 is a habit, not a rule; TLS "
				    "runs on any port.",
		},
	[STEP_CLIENT_HELLO] =
		{
			.title = "The client says hello: what I can do",
			.what_for = "An offer: TLS versions, cipher suites best first, and 32 "
				    "fresh random bytes, so that an old "
				    "recording played again is no answer.",
			.listener = "all of it: which server is wanted (server_name), which "
				    "software it may be.",
			.hidden = "nothing.",
			.textbook = "\"Hello\": more than a greeting; the client offers, it does "
				    "not decide.",
		},
	[STEP_RETRY] =
		{
			.title = "The server asks for another hello",
			.what_for = "The client's half-key was of a group that the server does not "
				    "take: the server names one, and "
				    "the client says hello again.",
			.listener = "all of it.",
			.hidden = "nothing.",
		},
	[STEP_SERVER_HELLO] =
		{
			.title = "The server says hello: what we do",
			.what_for = "The choice: one version, one cipher suite out of the offer, "
				    "and 32 random bytes of the "
				    "server's own.",
			.listener = "all of it.",
			.hidden = "nothing.",
			.textbook = "\"Hello, I am the server\": anybody can say that; the proof "
				    "comes in step 7.",
		},
	[STEP_EXTENSIONS] =
		{
			.title = "The server answers the rest of the offer",
			.what_for = "What TLS 1.3 need not show to listeners: the protocol inside "
				    "(ALPN) and other answers.",
			.hidden = "all of it; only the size of the sealed records shows.",
		},
	[STEP_SUPPLEMENT] =
		{
			.title = "They say more about who they are",
			.what_for = "Words for rights of access, of a kind that both hellos agreed "
				    "on (RFC 4680). Rarely used.",
			.listener = "all of it.",
			.hidden = "nothing.",
		},
	[STEP_CERTIFICATE] =
		{
			.title = "The server shows its certificate",
			.what_for = "A certificate holds a public key, names, dates and an "
				    "authority's signature over them. It is "
				    "the lock, not the key: the private key never travels.",
			.listener = "all of it, and may keep a copy. A copy does not let him pose "
				    "as the server.",
			.hidden = "nothing but the private key, which is not in it.",
			.textbook = "\"a pair of public and private keys\": a certificate holds "
				    "the public one alone.",
		},
	[STEP_STAPLE] =
		{
			.title = "The server hands over a fresh word of the authority",
			.what_for = "A signed and dated note that the certificate was not revoked, "
				    "so that the client need not ask.",
			.listener = "all of it.",
		},
	[STEP_ASKED] =
		{
			.title = "The server asks for the client's certificate",
			.what_for = "The server wants to know who the client is. Most web servers "
				    "never ask.",
			.listener = "which authorities and signatures the server takes.",
		},
	[STEP_CLIENT_CERTIFICATE] =
		{
			.title = "The client shows its certificate",
			.what_for = "The answer to the server's question; it may be an empty list.",
			.listener = "who the client is, as its certificate says.",
			.hidden = "the client's private key, which is not in it.",
		},
	[STEP_CERT_CHECK] =
		{
			.title = "The client checks the certificate",
			.what_for = "Inside the client, without a packet: is the chain signed up "
				    "to an authority it trusts, are the "
				    "dates right, and is it for the name it asked for?",
			.listener = "not the check itself, only what the client does next. keyhole "
				    "repeats it.",
			.textbook = "\"verifies authority and expiry\": and the name, which the "
				    "story forgets. The browser's warning "
				    "is not on the wire.",
		},
	[STEP_SECRET] =
		{
			.title = "The random secret",
			.what_for = "From it both sides compute the keys of this session.",
			.hidden = "the secret itself.",
		},
	[STEP_PROOF] =
		{
			.title = "The server proves that it holds the private key",
			.what_for =
				"A certificate can be copied by anybody; the private key cannot.",
		},
	[STEP_CLIENT_PROOF] =
		{
			.title = "The client proves that it holds its private key",
			.what_for = "A signature over the handshake so far, made with the key of "
				    "the client's certificate.",
			.listener = "the signature, and could check it.",
			.hidden = "the client's private key. It was never sent.",
		},
	[STEP_KEYS] =
		{
			.title = "Both compute the same keys",
			.what_for = "Each side mixes the secret and both random values into keys: "
				    "one key for each direction. "
				    "Nothing is sent.",
			.hidden = "the keys. They are never sent.",
			.textbook = "\"generates the algorithm and the key and sends them\": the "
				    "algorithm was agreed in steps 2 "
				    "and 3, and the keys are never sent.",
		},
	[STEP_SWITCH] =
		{
			.title = "They switch to sealed talk",
			.what_for = "One byte that says: from here on, what I send is sealed.",
			.listener = "that, and when.",
			.hidden = "nothing.",
		},
	[STEP_NEXT_PROTOCOL] =
		{
			.title = "The client says which protocol it will speak inside",
			.what_for = "The server named its protocols in clear; the client chooses "
				    "under the new keys. ALPN has taken its place.",
			.hidden = "which one was chosen.",
		},
	[STEP_CHANNEL_ID] =
		{
			.title = "The client shows a key of its own",
			.what_for = "A public key made for this server, and a signature with it: "
				    "the client can be known again without a certificate.",
			.hidden = "the key and the signature.",
		},
	[STEP_FINISHED] =
		{
			.title = "Both check that nobody changed a byte",
			.what_for = "Each sends a code over all handshake messages, made with the "
				    "new keys. If somebody on the way "
				    "had changed one byte, the codes would differ and the talk "
				    "would end here.",
			.listener = "that it was sent, and its size.",
			.hidden = "its 12 bytes or more; they can be made only with the secret.",
		},
	[STEP_TICKET] =
		{
			.title = "The server gives a ticket to come back with",
			.what_for = "A parcel that only the server can open, holding what is "
				    "needed to resume without steps 4 to 7.",
			.listener = "the ticket itself, which he cannot open.",
			.hidden = "what is in it: it opens this session for whoever holds the "
				  "server's ticket key.",
		},
	[STEP_TALK] =
		{
			.title = "The sealed conversation",
			.what_for = "What all of it was for: requests and answers, each sealed, "
				    "each with a code against changes.",
			.listener = "how many bytes, in which direction, and when.",
			.hidden = "the words.",
			.textbook =
				"\"the third party, even if he hears the data, is helpless\": "
				"about the words, today. Not about "
				"who, when and how much: \"100\" and \"100000\" differ in length.",
		},
	[STEP_NEW_KEYS] =
		{
			.title = "They take new keys",
			.what_for = "A long talk may go on under fresh keys, or the handshake is "
				    "done over.",
			.hidden = "the new keys.",
		},
	[STEP_HEARTBEAT] =
		{
			.title = "A heartbeat: are you still there?",
			.what_for = "One side sends some bytes and says how many; the other sends "
				    "the same back. A side that believed a false number gave away "
				    "its memory (Heartbleed).",
			.listener = "that it was sent, and its size.",
			.hidden = "its bytes, once both have switched to sealed talk.",
		},
	[STEP_ASKED_LATER] =
		{
			.title = "After the handshake the server asks for the client's certificate",
			.what_for =
				"The server wants to know who the client is only now, as a rule "
				"for a certain page.",
			.hidden = "all of it: TLS 1.3 sends it sealed.",
		},
	[STEP_CLIENT_CERTIFICATE_LATER] =
		{
			.title = "After the handshake the client shows its certificate",
			.what_for = "The answer to the server's question; it may be an empty list.",
			.hidden = "all of it: TLS 1.3 sends it sealed.",
		},
	[STEP_CLIENT_PROOF_LATER] =
		{
			.title = "After the handshake the client proves that it holds its private "
				 "key",
			.what_for =
				"A signature over the handshake and the server's question, made "
				"with the key of the client's certificate.",
			.hidden = "all of it: TLS 1.3 sends it sealed.",
		},
	[STEP_FINISHED_LATER] =
		{
			.title = "The client ends its answer",
			.what_for = "A code over the handshake, the question and the answer.",
			.hidden = "all of it: TLS 1.3 sends it sealed.",
		},
	[STEP_FAILURE] =
		{
			.title = "An alert",
			.what_for = "A number says what is wrong. A fatal alert ends the talk; "
				    "after a warning "
				    "it may go on.",
			.listener = "the alert, as long as it is not sealed.",
		},
	[STEP_GAP] =
		{
			.title = "Bytes are missing from the capture",
			.what_for = "They were sent, and the capture does not have them.",
			.hidden = "whatever they held.",
		},
	[STEP_GOODBYE] =
		{
			.title = "Goodbye",
			.what_for = "close_notify says that nobody cut the talk short; then TCP "
				    "closes (FIN). A RST cuts it off.",
			.listener = "that it ends, and how TCP ends.",
		},
};

/* ---- what differs from flavour to flavour ---- */

static const struct step_sentences locked_secret = {
	.title = "The random secret is locked and sent",
	.what_for = "The client makes 48 bytes: two of version, 46 random. It locks them with the "
		    "public key of step 4 and "
		    "sends the locked box.",
	.listener = "the locked box. He cannot open it without the private key.",
	.hidden = "the 48 bytes inside. All keys of this talk grow from them.",
	.textbook = "\"a random value, encrypted with the certificate\": right, for this kind of "
		    "key exchange alone.",
};
static const struct step_sentences agreed_secret = {
	.title = "The random secret is agreed",
	.what_for = "Each side sends one half-key and keeps a private half. Own private half and "
		    "the other's half-key give "
		    "both the same secret. Then both forget their private halves.",
	.listener = "both half-keys. They do not give the secret.",
	.hidden = "the secret. It never travels, not even locked.",
	.textbook = "\"encrypted with the certificate\": does not happen here; no key of the "
		    "server locks anything.",
};
static const struct step_sentences old_secret = {
	.title = "The random secret comes from an earlier session",
	.what_for = "Both still have it, or the client brings it back in a ticket that the server "
		    "can open.",
	.listener = "the session's name or the ticket.",
	.hidden = "the secret; nothing in this session tells it.",
};
static const struct step_sentences mixed_secret = {
	.title = "The random secret comes from an earlier session",
	.what_for =
		"The client names a secret of an earlier session, as a rule by a ticket. As a rule "
		"both add two new half-keys, so that the old secret alone opens nothing.",
	.listener = "the ticket, which he cannot open, and the half-keys, which do not give the "
		    "secret.",
	.hidden = "the secret; nothing in this session tells it.",
};
static const struct step_sentences shared_secret = {
	.title = "The random secret comes from a key that both had before",
	.what_for = "The client names a key that both were given outside of TLS. Where both add "
		    "two new half-keys, that key alone opens nothing.",
	.listener = "the name of the key, and the half-keys, which do not give the secret.",
	.hidden = "the secret; nothing in this session tells it.",
	.textbook = "\"encrypted with the certificate\": there is no certificate here.",
};
static const struct step_sentences unsigned_secret = {
	.title = "The random secret is agreed",
	.what_for = "Each side sends one half-key and keeps a private half. Own private half and "
		    "the other's half-key give both the same secret. Nobody signed the half-keys: "
		    "somebody in the middle could have sent his own to each side.",
	.listener = "both half-keys. They do not give the secret.",
	.hidden = "the secret. It never travels, not even locked.",
	.textbook = "\"encrypted with the certificate\": there is no certificate here.",
};
static const struct step_sentences bare_proof = {
	.title = "The server proves that it holds the private key",
};
static const struct step_sentences sealed_finished = {
	.title = "Both check that nobody changed a byte",
	.what_for = "Each sends a code over all handshake messages, made with the new keys. If "
		    "somebody "
		    "on the way had changed one byte, the codes would differ and the talk would "
		    "end here.",
	.listener = "sealed records; that Finished is in them he knows from the protocol alone.",
	.hidden = "the code; it can be made only with the secret.",
};
static const struct step_sentences locked_proof = {
	.title = "The server proves that it holds the private key",
	.what_for = "It has no message of its own here: only who opens the box of step 6 can make "
		    "the Finished of step 10.",
	.listener = "no proof that he could check; he sees that the client went on.",
	.textbook = "\"the server encrypts the random string with its private key\": there is no "
		    "such message here.",
};
static const struct step_sentences signed_proof = {
	.title = "The server sends its half-key and signs it",
	.what_for = "The client asked, in effect, \"prove that you hold the private key\": its 32 "
		    "random bytes of step 2 are "
		    "the question. The answer is a signature over those bytes, the server's own "
		    "random bytes and this "
		    "half-key. Only the private key can make it; anybody with the certificate can "
		    "check it.",
	.listener = "all of it, and can check it too.",
	.hidden = "the server's private half. It was never sent.",
	.textbook = "\"sends a random string, encrypt with the private key, decrypt with the "
		    "public key\": the right word is "
		    "sign.",
};
static const struct step_sentences sealed_proof = {
	.title = "The server signs the whole talk so far",
	.what_for = "A signature over everything said until now, made with the private key of the "
		    "certificate.",
	.hidden = "the signature, and who made it. Who holds the key log can check it.",
	.textbook = "\"encrypt with the private key, decrypt with the public key\": the right word "
		    "is sign.",
};
static const struct step_sentences sealed_certificate = {
	.title = "The server shows its certificate",
	.what_for = "A certificate holds a public key, names, dates and an authority's signature "
		    "over them. The private key "
		    "is not in it.",
	.hidden = "all of it: TLS 1.3 sends the certificate sealed.",
	.textbook =
		"\"a pair of public and private keys\": a certificate holds the public one alone.",
};
static const struct step_sentences half_key_hello = {
	.title = "The client says hello: what I can do",
	.what_for = "An offer: TLS versions, cipher suites, 32 fresh random bytes, and already the "
		    "client's half-key for "
		    "step 6.",
	.listener = "all of it: which server is wanted (server_name), which software it may be.",
	.hidden = "the client's private half. It is never sent.",
	.textbook = "\"Hello\": more than a greeting; the client offers, it does not decide.",
};
static const struct step_sentences half_key_answer = {
	.title = "The server says hello: what we do",
	.what_for = "The choice, and the server's half-key: from here on both can compute keys, "
		    "and all else is sealed.",
	.listener = "all of it.",
	.hidden = "the server's private half. It is never sent.",
	.textbook = "\"Hello, I am the server\": anybody can say that; the proof comes in step 7.",
};
static const struct step_sentences dummy_switch = {
	.title = "A message for old middleboxes",
	.what_for = "In TLS 1.3 it has no meaning: it is sent so that old boxes on the way take "
		    "the talk for TLS 1.2.",
	.listener = "that it was sent.",
	.hidden = "nothing.",
};
static const struct step_sentences clear_talk = {
	.title = "The conversation, in clear",
	.what_for = "Nothing protects it: anybody on the way reads it, and can change it.",
	.listener = "every word.",
	.hidden = "nothing.",
};

static bool is_tls13(enum flavour f)
{
	return f == STORY_TLS13 || f == STORY_PSK || f == STORY_SHARED13;
}

static const struct step_sentences *sentences_of_secret(enum flavour f)
{
	if (f == STORY_RSA)
		return &locked_secret;
	if (f == STORY_PSK)
		return &mixed_secret;
	if (f == STORY_RESUMED)
		return &old_secret;
	if (f == STORY_SHARED || f == STORY_SHARED13)
		return &shared_secret;
	if (f == STORY_UNSIGNED)
		return &unsigned_secret;
	return f == STORY_OTHER ? &common[STEP_SECRET] : &agreed_secret;
}

static const struct step_sentences *sentences_of_proof(enum flavour f)
{
	switch (f) {
	case STORY_RSA:
		return &locked_proof;
	case STORY_PSK:
	case STORY_RESUMED:
	case STORY_UNSIGNED:
	case STORY_SHARED:
	case STORY_SHARED13:
		return &bare_proof;
	case STORY_TLS13:
		return &sealed_proof;
	default:
		return f == STORY_EPHEMERAL ? &signed_proof : &common[STEP_PROOF];
	}
}

/* What TLS <= 1.2 sends in clear and TLS 1.3 does not. */
static struct step_sentences sealed_since_13(enum step_id id, enum flavour f)
{
	struct step_sentences said = common[id];
	if (!is_tls13(f))
		return said;
	said.listener = NULL;
	said.hidden = "all of it: TLS 1.3 sends it sealed.";
	return said;
}

struct step_sentences sentences_for(enum step_id id, enum flavour f)
{
	switch (id) {
	case STEP_SECRET:
		return *sentences_of_secret(f);
	case STEP_PROOF:
		return *sentences_of_proof(f);
	case STEP_CERTIFICATE:
		return is_tls13(f) ? sealed_certificate : common[id];
	case STEP_CLIENT_HELLO:
		return is_tls13(f) ? half_key_hello : common[id];
	case STEP_SERVER_HELLO:
		return is_tls13(f) ? half_key_answer : common[id];
	case STEP_SWITCH:
		return is_tls13(f) ? dummy_switch : common[id];
	case STEP_STAPLE:
	case STEP_ASKED:
	case STEP_CLIENT_CERTIFICATE:
	case STEP_CLIENT_PROOF:
	case STEP_TICKET:
		return sealed_since_13(id, f);
	case STEP_FINISHED_CLIENT:
	case STEP_FINISHED_SERVER:
		return is_tls13(f) ? sealed_finished : common[STEP_FINISHED];
	case STEP_TALK:
		return f == STORY_CLEAR ? clear_talk : common[id];
	default:
		return common[id];
	}
}

static const char *later_of_shared(const struct tls_facts *t)
{
	bool halves = t->version >= 0x0304 ? t->server->flags & HELLO_KEY_SHARE : t->kx != KX_PSK;
	return halves ? "this recording can be read: NO (forward secrecy)."
	              : "that key does not matter; the shared key would open it (no forward "
	                "secrecy).";
}

static const char *later_of_locked(const struct tls_facts *t)
{
	if (t->kx == KX_RSA_PSK)
		return "this recording can be read with the shared key beside it (no forward "
		       "secrecy).";
	return "this recording can be read: YES (no forward secrecy).";
}

static bool has_no_cipher(const struct session *s)
{
	return (s->tls->known.have >> CIPHER_SUITE & 1) != 0 && s->tls->cipher == CIPHER_NULL;
}

const char *later_sentence(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	if (t == NULL || has_no_cipher(s))
		return "nothing changes: it can be read already.";
	switch (story_flavour(s)) {
	case STORY_RSA:
		return later_of_locked(t);
	case STORY_UNSIGNED:
		return "nothing changes: it took no part. This recording can be read: NO (forward "
		       "secrecy).";
	case STORY_SHARED:
	case STORY_SHARED13:
		return later_of_shared(t);
	case STORY_EPHEMERAL:
	case STORY_TLS13:
		return "this recording can be read: NO (forward secrecy).";
	case STORY_RESUMED:
		return "it depends on the session that the secret comes from, and on the ticket "
		       "key.";
	case STORY_PSK:
		return t->server->flags & HELLO_KEY_SHARE
		               ? "this recording can be read: NO (forward secrecy)."
		               : "that key does not matter; the old secret would open it (no "
		                 "forward secrecy).";
	case STORY_OTHER:
		return t->forward_secret ? "this recording can be read: NO (forward secrecy)."
		                         : "this recording can be read: YES (no forward secrecy).";
	default:
		return "not known: this capture does not tell how the keys were made.";
	}
}

const char *resumed_by_sentence(enum resumed_by by)
{
	static const char *const words[] = {[RESUMED_BY_ID] = "a session id",
	                                    [RESUMED_BY_TICKET] = "a ticket",
	                                    [RESUMED_BY_PSK] = "a pre-shared key"};
	return words[by];
}

const char *early_data_sentence(enum early_data e)
{
	static const char *const words[] = {
		[EARLY_DATA_NONE] = "not offered",
		[EARLY_DATA_OFFERED] = "offered; what became of it cannot be told here",
		[EARLY_DATA_ACCEPTED] = "accepted: whoever recorded it can send it again",
		[EARLY_DATA_REFUSED] = "refused: the server did not read it",
	};
	return words[e];
}

/* ---- alerts: RFC 8446, 6, and the documents that IANA's list names ---- */

/* One line a description: a table in the shape of a switch, longer than a function otherwise may
 * be. */
const char *alert_sentence(uint8_t description)
{
	switch (description) {
	case 0:
		return "the sender has said all and closes";
	case 10:
		return "a message came that does not belong here";
	case 20:
		return "a record did not authenticate: wrong key or changed bytes";
	case 21:
		return "a record could not be decrypted (no longer used)";
	case 22:
		return "a record was too long";
	case 30:
		return "a record could not be decompressed (no longer used)";
	case 40:
		return "no cipher suite, group or version suits both";
	case 41:
		return "the client has no certificate (SSL 3.0 only)";
	case 42:
		return "the certificate is broken, or its signature is wrong";
	case 43:
		return "the certificate is of a kind that is not taken";
	case 44:
		return "the authority has revoked the certificate";
	case 45:
		return "the certificate has expired, or is not yet valid";
	case 46:
		return "something else is wrong with the certificate";
	case 47:
		return "a field has a value that is not allowed";
	case 48:
		return "the certificate leads to no authority that the sender trusts";
	case 49:
		return "the certificate is valid, but its owner may not come in";
	case 50:
		return "a message could not be decoded";
	case 51:
		return "a signature or a Finished message is wrong";
	case 52:
		return "the other side asked for too many connection ids (DTLS)";
	case 60:
		return "forbidden by old export rules (no longer used)";
	case 70:
		return "the TLS version is not taken";
	case 71:
		return "what the client offers is too weak for the server";
	case 80:
		return "something failed inside the sender, not in the protocol";
	case 86:
		return "the client came back with a lower version than both can speak: somebody "
		       "may be meddling";
	case 90:
		return "the user gave up";
	case 100:
		return "the sender will not do the handshake again";
	case 109:
		return "an extension that must be there is missing";
	case 110:
		return "an extension came that nobody asked for";
	case 111:
		return "the certificate could not be fetched (no longer used)";
	case 112:
		return "the server does not know the name that the client asked for";
	case 113:
		return "the stapled word of the authority is wrong";
	case 114:
		return "the fetched certificate is not the one announced (no longer used)";
	case 115:
		return "the server does not know that pre-shared key";
	case 116:
		return "the server wants a certificate of the client, and none came";
	case 117:
		return "an error that no other alert names";
	case 120:
		return "no protocol (ALPN) suits both";
	case 121:
		return "the client wanted its hello encrypted (ECH), and that failed";
	default:
		return NULL;
	}
}

/* ---- messages ---- */

const char *message_name(enum event_kind kind)
{
	static const char *const names[EVENT_KINDS] = {
		[EVENT_HELLO_REQUEST] = "HelloRequest",
		[EVENT_CLIENT_HELLO] = "ClientHello",
		[EVENT_SERVER_HELLO] = "ServerHello",
		[EVENT_HELLO_RETRY_REQUEST] = "HelloRetryRequest",
		[EVENT_HELLO_VERIFY_REQUEST] = "HelloVerifyRequest",
		[EVENT_ENCRYPTED_EXTENSIONS] = "EncryptedExtensions",
		[EVENT_SUPPLEMENTAL_DATA] = "SupplementalData",
		[EVENT_CERTIFICATE] = "Certificate",
		[EVENT_COMPRESSED_CERTIFICATE] = "CompressedCertificate",
		[EVENT_CERTIFICATE_URL] = "CertificateURL",
		[EVENT_CERTIFICATE_STATUS] = "CertificateStatus",
		[EVENT_SERVER_KEY_EXCHANGE] = "ServerKeyExchange",
		[EVENT_CERTIFICATE_REQUEST] = "CertificateRequest",
		[EVENT_SERVER_HELLO_DONE] = "ServerHelloDone",
		[EVENT_CLIENT_KEY_EXCHANGE] = "ClientKeyExchange",
		[EVENT_CERTIFICATE_VERIFY] = "CertificateVerify",
		[EVENT_CHANGE_CIPHER_SPEC] = "ChangeCipherSpec",
		[EVENT_NEXT_PROTOCOL] = "NextProtocol",
		[EVENT_CHANNEL_ID] = "ChannelID",
		[EVENT_FINISHED] = "Finished",
		[EVENT_NEW_SESSION_TICKET] = "NewSessionTicket",
		[EVENT_END_OF_EARLY_DATA] = "EndOfEarlyData",
		[EVENT_KEY_UPDATE] = "KeyUpdate",
	};
	return names[kind];
}
