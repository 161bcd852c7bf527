// GatheredQuestions: a way to storage for a role that asks much: what is asked within one turn of
// its shard is handed over together, so that storage is woken once and not for each.
//
// Thread: as StorageClient; what other threads than the shard's ask is handed over at once.
// Bound: the asker's.
#pragma once

#include <vector>

#include "cluster/storage_client.h"
#include "runtime/mailbox.h"

namespace tocsin::cluster {

class GatheredQuestions final : public StorageClient {
 public:
  // `storage` outlives the shard; this outlives its last turn.
  GatheredQuestions(StorageClient& storage, runtime::Mailbox asker)
      : storage_(storage), asker_(std::move(asker)) {}

  void hand_over(std::vector<Asked> questions) override;

 private:
  StorageClient& storage_;
  const runtime::Mailbox asker_;
  std::vector<Asked> gathered_;
};

}  // namespace tocsin::cluster
