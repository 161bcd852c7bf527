// What the calls of the API work with: the seams, and the way back to the dispatcher's shard.
//
// Thread: values.
#pragma once

#include "cluster/bus.h"
#include "cluster/log.h"
#include "cluster/storage_client.h"
#include "runtime/mailbox.h"

namespace tocsin::dispatcher {

using cluster::about;

// Log, bus and storage outlive the dispatcher.
struct Services {
  cluster::Log& log;
  cluster::Bus& bus;
  cluster::StorageClient& storage;
  runtime::Mailbox mailbox;
};

}  // namespace tocsin::dispatcher
