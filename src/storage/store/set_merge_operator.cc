#include "storage/store/set_merge_operator.h"

#include <string_view>

#include "sets/set_delta.h"

namespace tocsin::storage {
namespace {

std::string_view text_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class SetMergeOperator : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    sets::OrdinalSet set;
    if (in.existing_value != nullptr) {
      auto existing = sets::OrdinalSet::parse(text_of(*in.existing_value));
      if (!existing) return false;
      set = std::move(*existing);
    }
    for (const rocksdb::Slice& operand : in.operand_list) {
      const auto delta = sets::SetDelta::parse(text_of(operand));
      if (!delta) return false;
      delta->apply_to(set);
    }
    out->new_value = set.serialize();
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* folded, rocksdb::Logger*) const override {
    sets::SetDelta whole;
    for (const rocksdb::Slice& operand : operands) {
      const auto delta = sets::SetDelta::parse(text_of(operand));
      if (!delta) return false;
      whole.then(*delta);
    }
    *folded = whole.serialize();
    return true;
  }

  const char* Name() const override { return "tocsin.sets::SetDelta.1"; }
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> make_set_merge_operator() {
  return std::make_shared<SetMergeOperator>();
}

}  // namespace tocsin::storage
