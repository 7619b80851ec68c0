/* The connections' part of the addon. src/native/native-addon.ts has its types and says what each function promises. */
#ifndef MIDSTATE_CONNECTION_API_H
#define MIDSTATE_CONNECTION_API_H

#include "values.h"

/* Adds the functions to the addon's exports. */
napi_status connection_api_define(napi_env env, napi_value exports);

#endif
