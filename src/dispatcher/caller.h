// Who makes a call, once the key is checked.
//
// Thread: values; `app` lives until the app table changes: use it before anything asynchronous.
#pragma once

#include "cluster/bus_message.h"
#include "tocsin/v1/http.pb.h"

namespace tocsin::dispatcher {

struct Caller {
  const cluster::AppConfig* app = nullptr;  // nullptr: a call about no app
};

}  // namespace tocsin::dispatcher
