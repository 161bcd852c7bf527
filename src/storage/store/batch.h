// Batch: changes of the store that happen together or not at all, and what to do in memory once they
// have. Its own header, because only storage/apply may change the store (src/LAYERS).
//
// Thread: the storage thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <absl/functional/any_invocable.h>

#include "storage/store/store.h"

namespace rocksdb {
class WriteBatch;
}

namespace tocsin::storage {

class Batch {
 public:
  Batch(Batch&&) noexcept;
  ~Batch();

  void put(Family family, std::string_view key, std::string_view value);
  void remove(Family family, std::string_view key);
  // Every row whose key begins with `prefix`.
  void remove_all(Family family, std::string_view prefix);
  // Only `sets` has a merge operator (sets/set_delta.h).
  void merge(Family family, std::string_view key, std::string_view operand);
  void then(absl::AnyInvocable<void()> in_memory) { then_.push_back(std::move(in_memory)); }

 private:
  friend class Store;
  explicit Batch(Store& store);
  Store& store_;
  std::unique_ptr<rocksdb::WriteBatch> writes_;
  std::vector<absl::AnyInvocable<void()>> then_;
};

}  // namespace tocsin::storage
