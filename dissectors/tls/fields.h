/* The fields of TLS by number, as the rows of a trace name them; tls_field() says what each is
 * called. No lengths and no layout: those are in the decoders. */
#ifndef KEYHOLE_DISSECTORS_TLS_FIELDS_H
#define KEYHOLE_DISSECTORS_TLS_FIELDS_H

enum tls_field {
#define FIELD(id, name, label, registry, shape) F_##id,
#include "dissectors/tls/fields.def"
#undef FIELD
	TLS_FIELDS,
};

#endif
