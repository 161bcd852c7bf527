// The merge operator of the column family `sets`: a row is a roaring set, an operand is a
// sets::SetDelta.
//
// Thread: RocksDB calls it from the storage thread and from its own threads; it has no state.
#pragma once

#include <memory>

#include <rocksdb/merge_operator.h>

namespace tocsin::storage {

std::shared_ptr<rocksdb::MergeOperator> make_set_merge_operator();

}  // namespace tocsin::storage
