#include "src/capture/filter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINK_RAW = 101, SHOWN = 100, SHOWN_WORD = 24, LONGEST = 4096 };

struct program {
	uint16_t link;
	struct bpf_program code;
};

struct filter {
	char *text;
	struct program program[FILTER_LINKS];
	size_t n_programs;
};

uint16_t link_from_libpcap(int dlt)
{
	return dlt == DLT_RAW ? LINK_RAW : (uint16_t)dlt;
}

int link_to_libpcap(uint16_t link)
{
	return link == LINK_RAW ? DLT_RAW : link;
}

const char *link_description(uint16_t link)
{
	return pcap_datalink_val_to_description(link_to_libpcap(link));
}

/* A stretch of the expression. */
struct word {
	size_t at, len;
};

/* Writes a sentence and, where they fit, the expression with a caret under the word. */
static void explain(char *why, size_t why_len, const char *sentence, const char *text,
                    struct word w)
{
	size_t len = strlen(text);
	if (len > SHOWN) {
		snprintf(why, why_len, "%s", sentence);
		return;
	}
	char shown[SHOWN + 1];
	for (size_t i = 0; i <= len; i++)
		shown[i] = text[i] == 0 || isprint((unsigned char)text[i]) ? text[i] : '?';
	snprintf(why, why_len, "%.80s\n  %s\n  %*s", sentence, shown, (int)w.at + 1, "^");
}

static bool begins_word(const char *at)
{
	return isalnum((unsigned char)at[0]) || at[0] == '\\' || (at[0] == ':' && at[1] == ':');
}

/* What stands at text + at: a word, or one character of punctuation; len 0 at the end. */
static struct word next_word(const char *text, size_t at)
{
	while (isspace((unsigned char)text[at]))
		at++;
	size_t end = at;
	if (begins_word(text + at))
		do
			end++;
		while (isalnum((unsigned char)text[end]) ||
		       (text[end] != 0 && strchr("_.:-/", text[end]) != NULL));
	return (struct word){at, end > at ? end - at : text[at] != 0};
}

enum meaning { UNKNOWN_WORD, PLAIN_WORD, NAMES_FOLLOW, JOINING_WORD };

/* The words of pcap-filter(7), libpcap 1.10. */
static const char joining_words[] = " and or not len ";
/* Behind these stand names that are no addresses: ports, protocols, kinds of frames. */
static const char naming_words[] =
	" port portrange proto protochain type subtype dir direction ifname on "
	"reason action rset ruleset llc ";
static const char plain_words[] =
	" dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp "
	"igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca "
	"moprc mopdl iso esis isis l1 l2 iih lsp snp csnp psnp clnp stp ipx "
	"netbeui host net mask gateway less greater byte broadcast multicast "
	"inbound outbound ifindex vlan mpls pppoed pppoes geneve lane metac bcc "
	"sc ilmic oam oamf4 oamf4ec oamf4sc vpi vci connectmsg metaconnect rnr "
	"rulenum srnr subrulenum fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc "
	"sls hsio hopc hdpc hsls ra ta addr1 addr2 addr3 addr4 address1 address2 "
	"address3 address4 icmptype icmpcode icmp6type icmp6code tcpflags ";

static bool is_one_of(const char *words, const char *text, struct word w)
{
	for (const char *at = words + 1; *at != 0; at = strchr(at, ' ') + 1)
		if (strncmp(at, text + w.at, w.len) == 0 && at[w.len] == ' ')
			return true;
	return false;
}

static enum meaning look_up(const char *text, struct word w)
{
	static const char *const families[] = {"icmp-", "icmp6-", "tcp-", "es-is", "is-is"};
	if (is_one_of(joining_words, text, w))
		return JOINING_WORD;
	if (is_one_of(naming_words, text, w))
		return NAMES_FOLLOW;
	if (is_one_of(plain_words, text, w))
		return PLAIN_WORD;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (strncmp(text + w.at, families[i], strlen(families[i])) == 0)
			return PLAIN_WORD;
	return UNKNOWN_WORD;
}

static size_t span(const char *at, size_t len, const char *set)
{
	size_t n = 0;
	while (n < len && strchr(set, at[n]) != NULL)
		n++;
	return n;
}

/* Says whether a word is groups of `set` with single separators between them, `least` to `most` of
 * them, none longer than `longest`. */
static bool is_grouped(const char *at, size_t len, const char *set, const char *separators,
                       size_t longest, size_t least, size_t most)
{
	size_t groups = 0;
	for (;;) {
		size_t n = span(at, len, set);
		if (n == 0 || n > longest)
			return false;
		groups++;
		if (n == len)
			return groups >= least && groups <= most;
		if (strchr(separators, at[n]) == NULL || n + 1 == len)
			return false;
		at += n + 1;
		len -= n + 1;
	}
}

static bool is_ipv6(const char *at, size_t len)
{
	char address[64];
	struct in6_addr parsed;
	if (len >= sizeof address)
		return false;
	memcpy(address, at, len);
	address[len] = 0;
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Says whether a word is a number, a stretch of bytes (0:4) or an address, perhaps with a mask
 * length. Nothing else is, or libpcap would look it up. */
static bool is_number(const char *text, struct word w)
{
	static const char digits[] = "0123456789", hex[] = "0123456789abcdefABCDEF";
	const char *at = text + w.at;
	if (w.len > 2 && at[0] == '0' && (at[1] | 0x20) == 'x')
		return span(at + 2, w.len - 2, hex) == w.len - 2;
	if (is_grouped(at, w.len, digits, ":", 10, 1, 2) ||
	    is_grouped(at, w.len, hex, ":-.", 2, 6, 6) ||
	    is_grouped(at, w.len, hex, ".", 4, 3, 3) || (w.len == 12 && span(at, 12, hex) == 12))
		return true;
	const char *slash = memchr(at, '/', w.len);
	size_t len = slash == NULL ? w.len : (size_t)(slash - at);
	if (slash != NULL && !is_grouped(slash + 1, w.len - len - 1, digits, "", 3, 1, 1))
		return false;
	return is_ipv6(at, len) || is_grouped(at, len, digits, ".", 3, 1, 4);
}

/* Finds the first word that is none of the language. libpcap would take it for the name of a host
 * and ask the network for its address; keyhole sends nothing, ever. */
static bool find_foreign_word(const char *text, struct word *w)
{
	bool names = false;
	*w = next_word(text, 0);
	for (; w->len > 0; *w = next_word(text, w->at + w->len)) {
		if (!begins_word(text + w->at))
			continue;
		enum meaning m = look_up(text, *w);
		if (m == UNKNOWN_WORD && !names && !is_number(text, *w))
			return true;
		if (m == PLAIN_WORD || m == NAMES_FOLLOW)
			names = m == NAMES_FOLLOW;
	}
	return false;
}

/* Compiles for one link type; the caller frees `code` after true. */
static bool compile(const char *text, uint16_t link, struct bpf_program *code, char *error,
                    size_t len)
{
	pcap_t *p = pcap_open_dead(link_to_libpcap(link), LARGEST_PACKET);
	if (p == NULL) {
		snprintf(error, len, "no memory");
		return false;
	}
	bool good = pcap_compile(p, code, text, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!good)
		snprintf(error, len, "%s", pcap_geterr(p));
	pcap_close(p);
	return good;
}

static bool compiles(const char *text, char *error, size_t len)
{
	static const uint16_t links[] = {DLT_EN10MB, DLT_LINUX_SLL, LINK_RAW};
	char later[PCAP_ERRBUF_SIZE];
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		struct bpf_program code;
		if (!compile(text, links[i], &code, i == 0 ? error : later, len))
			continue;
		pcap_freecode(&code);
		return true;
	}
	return false;
}

/* Says whether the first `n` characters can be the beginning of an expression. */
static bool can_begin(const char *text, size_t n)
{
	static const char *const ending[] = {"",      " 1",        " tcp",          " port 1",
	                                     " = 1",  "] = 1",     "1] = 1",        " 1.1.1.1",
	                                     " 1)",   ")",         " tcp)",         " 1 = 1",
	                                     "1 = 1", " 1-2",      " host 1.1.1.1", " \\tcp",
	                                     ") = 1", " 1.1.1.1)", "1:1:1:1:1:1"};
	char tried[LONGEST + 32], error[PCAP_ERRBUF_SIZE];
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
		snprintf(tried, sizeof tried, "%.*s%s", (int)n, text, ending[i]);
		if (compiles(tried, error, sizeof error))
			return true;
	}
	return false;
}

/* The word at which no expression can go on; the end when there is none. */
static struct word find_wrong_word(const char *text)
{
	struct word w = next_word(text, 0);
	while (w.len > 0 && can_begin(text, w.at + w.len))
		w = next_word(text, w.at + w.len);
	return w;
}

static void explain_syntax(const char *error, const char *text, char *why, size_t why_len)
{
	char sentence[PCAP_ERRBUF_SIZE + 64];
	struct word w = find_wrong_word(text);
	const char *colon = strstr(error, "expression: ");
	const char *reason = colon == NULL ? error : colon + strlen("expression: ");
	if (w.len == 0)
		snprintf(sentence, sizeof sentence, "%s at the end", reason);
	else
		snprintf(sentence, sizeof sentence, "%s at \"%.*s\"", reason,
		         w.len < SHOWN_WORD ? (int)w.len : SHOWN_WORD, text + w.at);
	explain(why, why_len, sentence, text, w);
}

static bool judge(const char *text, char *why, size_t why_len)
{
	char error[PCAP_ERRBUF_SIZE];
	struct word w;
	if (strlen(text) > LONGEST) {
		snprintf(why, why_len, "longer than %d characters", LONGEST);
		return false;
	}
	if (find_foreign_word(text, &w)) {
		snprintf(error, sizeof error,
		         "\"%.*s\" is no filter word (names are never looked up)",
		         w.len < SHOWN_WORD ? (int)w.len : SHOWN_WORD, text + w.at);
		explain(why, why_len, error, text, w);
		return false;
	}
	if (compiles(text, error, sizeof error))
		return true;
	explain_syntax(error, text, why, why_len);
	return false;
}

struct filter *filter_new(const char *expression, char *why, size_t why_len)
{
	if (!judge(expression, why, why_len))
		return NULL;
	struct filter *f = calloc(1, sizeof *f);
	if (f != NULL)
		f->text = strdup(expression);
	if (f != NULL && f->text != NULL)
		return f;
	snprintf(why, why_len, "no memory");
	free(f);
	return NULL;
}

/* The program for a link type, compiled at its first packet; NULL with the problem. */
static struct bpf_program *program_for(struct filter *f, uint16_t link, char *problem, size_t len)
{
	for (size_t i = 0; i < f->n_programs; i++)
		if (f->program[i].link == link)
			return &f->program[i].code;
	if (f->n_programs == FILTER_LINKS) {
		snprintf(problem, len, "the filter is used on more than %d link types",
		         FILTER_LINKS);
		return NULL;
	}
	char error[PCAP_ERRBUF_SIZE];
	struct program *p = &f->program[f->n_programs];
	if (!compile(f->text, link, &p->code, error, sizeof error)) {
		snprintf(problem, len, "the filter does not fit link type %u: %s", link, error);
		return NULL;
	}
	p->link = link;
	f->n_programs++;
	return &p->code;
}

bool filter_passes(struct filter *f, const struct packet *p, char *problem, size_t len)
{
	struct bpf_program *code = program_for(f, p->link, problem, len);
	if (code == NULL)
		return false;
	struct pcap_pkthdr header = {.caplen = (bpf_u_int32)p->data.len, .len = p->wire_len};
	return pcap_offline_filter(code, &header, p->data.at) != 0;
}

const char *filter_text(const struct filter *f)
{
	return f->text;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n_programs; i++)
		pcap_freecode(&f->program[i].code);
	free(f->text);
	free(f);
}
