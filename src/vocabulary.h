/* The names of TLS as the rooms that show things get them. Only the shell wires them. */
#ifndef KEYHOLE_VOCABULARY_H
#define KEYHOLE_VOCABULARY_H

#include "src/model/code_points.h"

extern const struct vocabulary tls_vocabulary;

#endif
