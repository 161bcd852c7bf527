// What a gateway decides about a device on its own, from the app table: no lookup in storage.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "cluster/bus_message.h"
#include "wire/hello_auth.h"
#include "wire/messages.h"

namespace tocsin::gateway {

// A refusal, or none.
struct Verdict {
  wire::Error::Reason reason = wire::Error::Reason::unspecified;
  std::string_view text;
  bool ok() const { return reason == wire::Error::Reason::unspecified; }
};

// The registration key is the app's, the tags are tags. On ok `*app` is the app.
Verdict judge_register(const wire::Register& request, const cluster::AppTable& apps,
                       const cluster::AppConfig** app);

// The mac proves the device secret of this id, on this connection, in the app's current key epoch.
Verdict judge_hello(const wire::Hello& hello, const wire::Exporter& exporter,
                    const cluster::AppTable& apps);

bool are_tags(const wire::TagList& tags);

}  // namespace tocsin::gateway
