#include "storage/apply/applied.h"

#include <iterator>
#include <utility>

namespace tocsin::storage {
namespace {

template <typename T>
void move_behind(std::vector<T>& have, std::vector<T>& more) {
  have.insert(have.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

}  // namespace

void Applied::append(Applied&& later) {
  apps_changed |= later.apps_changed;
  move_behind(to_devices, later.to_devices);
  move_behind(tags_changed, later.tags_changed);
  move_behind(resolved, later.resolved);
  move_behind(withdrawn, later.withdrawn);
  move_behind(deleted, later.deleted);
}

}  // namespace tocsin::storage
