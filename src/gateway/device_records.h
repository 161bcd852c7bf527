// What devices tell about themselves, as log records.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "wire/messages.h"

namespace tocsin::gateway {

// tocsin.internal.Record, serialized.
std::string record_of(const wire::Register& request, AppId app, const DeviceId& device,
                      uint64_t wall_ms);
std::string record_of(const wire::Update& update, AppId app, const DeviceId& device);

}  // namespace tocsin::gateway
