/* Where a connection goes, as JavaScript says it. src/native/native-addon.ts says what each property is. */
#ifndef MIDSTATE_TARGET_API_H
#define MIDSTATE_TARGET_API_H

#include "transport.h"
#include "values.h"

/*
 * Reads { addresses, port, trust?, host?, session? }. False with an exception pending where it is another thing. What the
 * target then holds is freed with its job.
 */
bool read_target(napi_env env, napi_value value, struct transport_target *target);

#endif
