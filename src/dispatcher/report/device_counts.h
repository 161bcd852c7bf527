// How many devices are in each state of a message, in the API's reports: each count goes into the
// field that has the name of its row in cluster/delivery_states.h.
//
// Thread: pure functions.
#pragma once

#include "cluster/storage_client.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::dispatcher {

uint64_t dropped(const cluster::Books& books);

// Add the counts of `books` to those in `to`, a MessageReport or Totals; drops as one count.
void add_devices(const cluster::Books& books, v1::MessageReport& to);
void add_devices(const cluster::Books& books, v1::Totals& to);
// Add the drops, reason by reason.
void add_drops(const cluster::Books& books, v1::MessageReport::Dropped& to);

}  // namespace tocsin::dispatcher
