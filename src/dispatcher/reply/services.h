// What the calls of the API work with: the seams, and the way back to the dispatcher's shard.
//
// Thread: values.
#pragma once

#include <memory>

#include "cluster/bus.h"
#include "cluster/log.h"
#include "runtime/mailbox.h"
#include "storage/storage.h"

namespace tocsin::dispatcher {

// Log, bus and storage outlive the dispatcher.
struct Services {
  cluster::Log& log;
  cluster::Bus& bus;
  storage::Storage& storage;
  runtime::Mailbox mailbox;
};

}  // namespace tocsin::dispatcher
