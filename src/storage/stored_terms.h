// StoredTerms: the terms of an audience expression, looked up in the store for one app.
//
// Thread: the storage lane.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "storage/attribute.h"
#include "storage/audience_evaluator.h"
#include "storage/store.h"

namespace tocsin::storage {

class StoredTerms : public AudienceTerms {
 public:
  // An uploaded audience that does not exist: nobody, or NOT_FOUND.
  enum class Unknown { nobody, error };

  StoredTerms(const Store& store, AppId app, uint32_t today, Unknown unknown)
      : store_(store), app_(app), today_(today), unknown_(unknown) {}

  absl::StatusOr<ShardedSet> everyone() const override;
  absl::StatusOr<ShardedSet> tag(std::string_view name) const override;
  absl::StatusOr<ShardedSet> alias(std::string_view name) const override;
  absl::StatusOr<ShardedSet> audience(std::string_view name) const override;
  absl::StatusOr<ShardedSet> region(std::string_view prefix) const override;
  absl::StatusOr<std::vector<std::string>> values_of(AudienceField attribute) const override;
  absl::StatusOr<ShardedSet> with_value(AudienceField attribute,
                                        std::string_view value) const override;
  absl::StatusOr<ShardedSet> seen_since(uint32_t day) const override;

 private:
  const Store& store_;
  AppId app_;
  uint32_t today_;
  Unknown unknown_;
};

// The devices that `expression` means on the day of `now_ms`. INVALID_ARGUMENT when it is none.
absl::StatusOr<ShardedSet> find_audience(const Store& store, AppId app, std::string_view expression,
                                         uint64_t now_ms, StoredTerms::Unknown unknown);

}  // namespace tocsin::storage
