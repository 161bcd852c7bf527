// What the handlers of questions look at. Everything is const: a question changes nothing.
//
// Thread: the storage thread.
#pragma once

#include <cstdint>

#include "storage/sessions/sessions.h"
#include "storage/store/store.h"
#include "storage/tables/apps.h"
#include "storage/tables/live_casts.h"
#include "storage/tables/messages.h"
#include "storage/tables/registry.h"
#include "storage/tables/webhook_queues.h"

namespace tocsin::storage {

struct QuestionParts {
  const Store& store;
  const Apps& apps;
  const Registry& registry;
  const Messages& messages;
  const LiveCasts& live_casts;
  const WebhookQueues& webhooks;
  const Sessions& sessions;
};

}  // namespace tocsin::storage
