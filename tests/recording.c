#include "tests/recording.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

const char *recording_path(const char *name, const char *file)
{
	static char path[512];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/captures/%s/%s", top == NULL ? "." : top, name, file);
	return path;
}

static bool keep(void *ctx, struct session *s, struct bytes line)
{
	struct recorded *r = ctx;
	(void)line;
	ck_assert_uint_lt(r->n, RECORDED_MOST);
	r->session[r->n++] = s;
	return true;
}

void recording_run(const char *path, const struct keyring *keys, struct pki *pki,
                   const struct replay *replay, struct recorded *into)
{
	char why[256] = "";
	bool bad_filter;
	struct capture_facts facts = {.name = "capture"};
	struct source_options so = {0};
	struct source *source = source_open_file(path, &so, why, sizeof why, &bad_filter);
	ck_assert_msg(source != NULL, "%s: %s", path, why);
	struct engine_job job = {.source = source,
	                         .keys = keys,
	                         .pki = pki,
	                         .workers = 1,
	                         .memory = ENGINE_MEMORY,
	                         .replay = replay,
	                         .session = keep,
	                         .ctx = into};
	into->n = 0;
	ck_assert(engine_run(&job, &facts));
	source_close(source);
}
