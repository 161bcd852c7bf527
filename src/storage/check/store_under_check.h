// StoreUnderCheck: a store whose rows are checked in passes, and what each pass has learnt for the
// others.
//
//   meta, apps -> devices -> ordinals -> messages -> sets -> inbox     each pass adds to `known`
//                                                 \-> schedules, details
//
// Thread: one owner.
// Bound: 16 bytes per message, about a bit per device.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/functional/function_ref.h>

#include "cluster/check_report.h"
#include "sets/device_set.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"

namespace tocsin::storage {

struct KnownRows {
  std::set<uint32_t> apps;
  std::array<uint32_t, limits::partitions> next_ordinals{};
  sets::DeviceSet free_ordinals;
  std::map<uint32_t, uint64_t> device_counts;        // by app, according to `meta`
  std::vector<std::pair<uint64_t, uint64_t>> books;  // message and expiry, sorted
  uint64_t rows = 0;
  uint64_t devices = 0;
  uint64_t messages = 0;
  uint64_t labels = 0;  // labels and groups of messages whose reports are kept

  bool is_assigned(DeviceRef device) const;
  bool has_books(const BookId& book) const;
};

class StoreUnderCheck {
 public:
  // `advice`: what the operator can do about a row that is wrong.
  StoreUnderCheck(const Store& store, cluster::CheckReport& report, std::string advice)
      : store_(store), report_(report), advice_(std::move(advice)) {}

  // Call `check` for every row of a family, in key order; if they cannot all be read, that is a
  // finding.
  using CheckRow = absl::FunctionRef<void(std::string_view key, std::string_view value)>;
  void each_row(Family family, CheckRow check);

  // "row KEY of `FAMILY`: WHAT"
  void finding(Family family, std::string_view key, std::string_view what);
  void finding(std::string_view what) { report_.finding(what, advice_); }

  const Store& store() const { return store_; }

  KnownRows known;

 private:
  const Store& store_;
  cluster::CheckReport& report_;
  std::string advice_;
};

}  // namespace tocsin::storage
