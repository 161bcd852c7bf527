// ApplyStep: one log record on its way into the store, and the state it is applied to.
//
// Thread: the storage lane.
#pragma once

#include <vector>

#include "storage/activity.h"
#include "storage/applied.h"
#include "storage/apps.h"
#include "storage/inbox.h"
#include "storage/live_casts.h"
#include "storage/messages.h"
#include "storage/registry.h"
#include "storage/store.h"
#include "storage/traits.h"
#include "storage/webhook_queues.h"

namespace tocsin::storage {

struct ApplyParts {
  Store& store;
  Apps& apps;
  Registry& registry;
  const Messages& messages;
  const Inbox& inbox;
  LiveCasts& live_casts;
  TraitNames& names;
  WebhookQueues& webhooks;
};

struct ApplyStep {
  Store::Batch batch;
  StoreState next;
  Applied told;
  std::vector<WebhookNews> news = {};
  ActivityChanges activity = {};
};

}  // namespace tocsin::storage
