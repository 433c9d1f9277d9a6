#include "src/model/certificate.h"

const char *check_code(enum check c)
{
	static const char *const code[] = {
		[CHECK_UNKNOWN] = "unknown",
		[CHECK_OK] = "ok",
		[CHECK_EXPIRED] = "expired",
		[CHECK_NOT_YET_VALID] = "not-yet-valid",
		[CHECK_WRONG_NAME] = "wrong-name",
		[CHECK_SELF_SIGNED] = "self-signed",
		[CHECK_UNKNOWN_ROOT] = "unknown-root",
		[CHECK_MISSING_INTERMEDIATE] = "missing-intermediate",
		[CHECK_BAD_SIGNATURE] = "bad-signature",
		[CHECK_UNREADABLE] = "unreadable",
		[CHECK_OTHER] = "other",
	};
	return code[c];
}
