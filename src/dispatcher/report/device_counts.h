// How many devices a message stands with, state by state, in the API's reports: each count goes into
// the field that has the name of its row in cluster/delivery_states.h.
//
// Thread: pure functions.
#pragma once

#include "cluster/storage_client.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::dispatcher {

uint64_t dropped(const cluster::Books& books);

// Add the counts of `books` to those that `to` has: MessageReport or Totals; drops as one.
void add_devices(const cluster::Books& books, v1::MessageReport& to);
void add_devices(const cluster::Books& books, v1::Totals& to);
// The drops, one by one.
void add_drops(const cluster::Books& books, v1::MessageReport::Dropped& to);

}  // namespace tocsin::dispatcher
