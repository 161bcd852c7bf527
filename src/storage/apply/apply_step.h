// ApplyStep: one log record on its way into the store, and the state it is applied to.
//
// Thread: the storage lane.
#pragma once

#include <vector>

#include "storage/apply/applied.h"
#include "storage/store/store.h"
#include "storage/tables/activity.h"
#include "storage/tables/apps.h"
#include "storage/tables/inbox.h"
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
