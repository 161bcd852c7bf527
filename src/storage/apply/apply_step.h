// ApplyStep: one log record on its way into the store, and the state it is applied to.
//
// Thread: the storage thread.
#pragma once

#include <vector>

#include "sets/device_set.h"
#include "storage/apply/activity_changes.h"
#include "storage/apply/applied.h"
#include "storage/store/batch.h"
#include "storage/tables/apps.h"
#include "storage/tables/inbox.h"
#include "storage/tables/inbox_tallies.h"
#include "storage/tables/live_casts.h"
#include "storage/tables/messages.h"
#include "storage/tables/registry.h"
#include "storage/tables/traits.h"
#include "storage/tables/webhook_queues.h"

namespace tocsin::storage {

struct ApplyParts {
  Store& store;
  Apps& apps;
  Registry& registry;
  const Messages& messages;
  const Inbox& inbox;
  InboxTallies& inbox_tallies;
  LiveCasts& live_casts;
  TraitNames& names;
  WebhookQueues& webhooks;
};

// What a record caused to happen to a message.
struct WebhookNews {
  AppId app;
  uint32_t kind = 0;  // tocsin.v1.WebhookEvent.Type
  MessageId message;
  sets::DeviceSet devices;
};

struct ApplyStep {
  Batch batch;
  StoreState next;
  Applied told;
  std::vector<WebhookNews> news = {};
  ActivityChanges activity = {};
};

}  // namespace tocsin::storage
