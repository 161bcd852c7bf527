// StoredTerms: the terms of an audience expression, looked up in the store for one app.
//
// Thread: the storage thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "audience/evaluator.h"
#include "storage/store/attribute.h"
#include "storage/store/store.h"

namespace tocsin::storage {

class StoredTerms : public audience::Terms {
 public:
  // An uploaded audience that does not exist: nobody, or NOT_FOUND.
  enum class Unknown { nobody, error };

  StoredTerms(const Store& store, AppId app, uint32_t today, Unknown unknown)
      : store_(store), app_(app), today_(today), unknown_(unknown) {}

  absl::StatusOr<sets::DeviceSet> everyone() const override;
  absl::StatusOr<sets::DeviceSet> tag(std::string_view name) const override;
  absl::StatusOr<sets::DeviceSet> alias(std::string_view name) const override;
  absl::StatusOr<sets::DeviceSet> audience(std::string_view name) const override;
  absl::StatusOr<sets::DeviceSet> region(std::string_view prefix) const override;
  absl::StatusOr<std::vector<std::string>> values_of(audience::Field attribute) const override;
  absl::StatusOr<sets::DeviceSet> with_value(audience::Field attribute,
                                             std::string_view value) const override;
  absl::StatusOr<sets::DeviceSet> seen_since(uint32_t day) const override;

 private:
  const Store& store_;
  AppId app_;
  uint32_t today_;
  Unknown unknown_;
};

// The devices that `expression` means on the day of `now_ms`. INVALID_ARGUMENT when it is none.
absl::StatusOr<sets::DeviceSet> find_audience(const Store& store, AppId app,
                                              std::string_view expression, uint64_t now_ms,
                                              StoredTerms::Unknown unknown);

}  // namespace tocsin::storage
