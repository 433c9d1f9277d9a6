/* Interfaces, by libpcap: each packet is copied once, from the kernel's ring into the batch. */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/capture/inside.h"

enum { KERNEL_MS = 100, ROUND_MS = 250 };

struct live {
	pcap_t *pcap;
	uint16_t link;
	uint32_t snap_len;
	bool nanoseconds;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for packets until a time or a signal; libpcap's own time-out may wait for ever while
 * nothing is heard. */
static bool wait_until(const struct live *l, int64_t until)
{
	int64_t rest = until - now_ms();
	struct pollfd heard = {.fd = pcap_get_selectable_fd(l->pcap), .events = POLLIN};
	if (rest <= 0)
		return false;
	poll(&heard, 1, (int)rest);
	return true;
}

static enum walk take_packet(struct source *s, struct batch *b, const struct pcap_pkthdr *h,
                             const uint8_t *bytes)
{
	struct packet p = {.link = s->live->link, .wire_len = h->len, .offset = s->offset};
	uint8_t *to = b->buffer + b->used;
	size_t room = b->room - b->used;
	p.data = (struct bytes){to, h->caplen < room ? h->caplen : room};
	if (p.data.len > 0)
		memcpy(to, bytes, p.data.len);
	b->used += p.data.len;
	s->offset += p.data.len;
	s->report.bytes += p.data.len;
	p.time = (moment)h->ts.tv_sec * NS_PER_SECOND +
	         (moment)h->ts.tv_usec * (s->live->nanoseconds ? 1 : 1000);
	return source_give(s, b, &p, 0);
}

static void ask_for_drops(struct source *s)
{
	struct pcap_stat seen;
	if (pcap_stats(s->live->pcap, &seen) != 0)
		return;
	s->report.dropped = (uint64_t)seen.ps_drop + seen.ps_ifdrop;
	if (s->report.dropped > 0 && s->report.finding[CAPTURE_DROPS].n == 0)
		source_note(s, CAPTURE_DROPS, s->offset, (uint32_t)s->report.frames);
}

static bool has_room(const struct live *l, const struct batch *b)
{
	return b->n_packets < b->max_packets && b->room - b->used >= l->snap_len;
}

/* Takes one packet, or waits for one while the batch is empty; false when the round is over. */
static bool live_step(struct source *s, struct batch *b, int64_t until)
{
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	int got = pcap_next_ex(s->live->pcap, &h, &bytes);
	if (got == PCAP_ERROR)
		source_damage(s, CAPTURE_TRUNCATED, "the interface ended: %s",
		              pcap_geterr(s->live->pcap));
	if (got < 0)
		return false;
	if (got == 0)
		return b->n_packets == 0 && wait_until(s->live, until);
	return take_packet(s, b, h, bytes) == WALK_ON && now_ms() < until;
}

enum source_state live_read(struct source *s, struct batch *b)
{
	int64_t until = now_ms() + ROUND_MS;
	b->used = 0;
	while (has_room(s->live, b) && !atomic_load(&s->stop) && live_step(s, b, until))
		;
	ask_for_drops(s);
	if (atomic_load(&s->stop) && s->state == SOURCE_MORE)
		s->state = SOURCE_END;
	return s->state;
}

static bool is_interface(const char *name)
{
	pcap_if_t *list = NULL;
	char error[PCAP_ERRBUF_SIZE];
	if (pcap_findalldevs(&list, error) != 0)
		return true;
	bool found = false;
	for (const pcap_if_t *i = list; i != NULL && !found; i = i->next)
		found = strcmp(i->name, name) == 0;
	pcap_freealldevs(list);
	return found;
}

static void name_interfaces(char *why, size_t why_len)
{
	pcap_if_t *list = NULL;
	char error[PCAP_ERRBUF_SIZE];
	size_t used = (size_t)snprintf(why, why_len, "no such interface; there are");
	if (pcap_findalldevs(&list, error) != 0)
		return;
	for (const pcap_if_t *i = list; i != NULL && used < why_len; i = i->next)
		used += (size_t)snprintf(why + used, why_len - used, "%s %s", i == list ? "" : ",",
		                         i->name);
	pcap_freealldevs(list);
}

static void explain_failure(const char *name, pcap_t *p, int code, char *why, size_t why_len)
{
	if (!is_interface(name))
		name_interfaces(why, why_len);
	else if (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED)
		snprintf(why, why_len,
		         "no right to capture: run as root, or give the program the right with\n"
		         "  setcap cap_net_raw,cap_net_admin=eip keyhole");
	else if (code == PCAP_ERROR_IFACE_NOT_UP)
		snprintf(why, why_len, "the interface is down");
	else
		snprintf(why, why_len, "%s", pcap_geterr(p));
}

static pcap_t *activate(const char *name, const struct source_options *o, char *why, size_t why_len)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(name, error);
	if (p == NULL) {
		snprintf(why, why_len, "%s", error);
		return NULL;
	}
	uint32_t snap_len = o->snap_len == 0 ? LARGEST_PACKET : o->snap_len;
	pcap_set_snaplen(p, snap_len > LARGEST_PACKET ? LARGEST_PACKET : (int)snap_len);
	pcap_set_promisc(p, !o->no_promiscuous);
	pcap_set_timeout(p, KERNEL_MS);
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	if (o->buffer_kib > 0)
		pcap_set_buffer_size(p, o->buffer_kib > INT32_MAX / 1024
		                                ? INT32_MAX
		                                : (int)(o->buffer_kib * 1024));
	int code = pcap_activate(p);
	if (code >= 0 && pcap_setnonblock(p, 1, error) == 0)
		return p;
	explain_failure(name, p, code, why, why_len);
	pcap_close(p);
	return NULL;
}

/* Lets the kernel drop what the filter does not let pass. */
static bool set_filter(pcap_t *p, const struct filter *f, char *why, size_t why_len)
{
	struct bpf_program code;
	if (f == NULL)
		return true;
	if (pcap_compile(p, &code, filter_text(f), 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(why, why_len, "%s", pcap_geterr(p));
		return false;
	}
	bool set = pcap_setfilter(p, &code) == 0;
	if (!set)
		snprintf(why, why_len, "%s", pcap_geterr(p));
	pcap_freecode(&code);
	return set;
}

static struct live *live_new(pcap_t *p)
{
	struct live *l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	l->pcap = p;
	l->link = link_from_libpcap(pcap_datalink(p));
	l->snap_len = (uint32_t)pcap_snapshot(p);
	l->nanoseconds = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
	return l;
}

struct source *source_open_live(const char *interface, const struct source_options *o, char *why,
                                size_t why_len, bool *bad_filter)
{
	struct source *s = source_new(o, why, why_len, bad_filter);
	if (s == NULL)
		return NULL;
	pcap_t *p = activate(interface, o, why, why_len);
	if (p != NULL && !set_filter(p, s->filter, why, why_len))
		*bad_filter = true;
	else if (p != NULL && (s->live = live_new(p)) == NULL)
		snprintf(why, why_len, "no memory");
	filter_free(s->filter);
	s->filter = NULL;
	if (s->live != NULL)
		return s;
	if (p != NULL)
		pcap_close(p);
	source_close(s);
	return NULL;
}

void live_interrupt(struct live *l)
{
	pcap_breakloop(l->pcap);
}

void live_close(struct live *l)
{
	pcap_close(l->pcap);
	free(l);
}

bool source_list_interfaces(struct text *t, char *why, size_t why_len)
{
	pcap_if_t *list = NULL;
	char error[PCAP_ERRBUF_SIZE];
	if (pcap_findalldevs(&list, error) != 0) {
		snprintf(why, why_len, "%s", error);
		return false;
	}
	for (const pcap_if_t *i = list; i != NULL; i = i->next) {
		const char *about = i->description == NULL ? "" : i->description;
		text_foreign(t, (struct bytes){(const uint8_t *)i->name, strlen(i->name)},
		             SIZE_MAX);
		text_char(t, '\t');
		text_foreign(t, (struct bytes){(const uint8_t *)about, strlen(about)}, SIZE_MAX);
		text_char(t, '\n');
	}
	pcap_freealldevs(list);
	return true;
}
