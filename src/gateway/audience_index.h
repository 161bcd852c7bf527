// AudienceIndex: which of a shard's connections a cast goes to.
//
// The same attributes as in storage, but over connection slots: per app, the set of its open
// connections; per (app, tag), the set of those with the tag. A cast is resolved here, locally and
// at once, without asking storage.
//
// Thread: one shard.
// Bound: one set per (app, tag) that an open connection has.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "gateway/slot.h"
#include "sets/ordinal_set.h"

namespace tocsin::gateway {

class AudienceIndex {
 public:
  // The connection in slot `index` is open for casts to its app and these tags.
  void add(uint32_t index, Slot& slot, const std::vector<std::string>& tags);
  // The connection's tags are now exactly these.
  void set_tags(uint32_t index, Slot& slot, const std::vector<std::string>& tags);
  void remove(uint32_t index, Slot& slot);

  bool has_tag(const Slot& slot, const std::string& tag) const;
  // How many tags the connection would have after this change; a tag named twice counts twice.
  size_t tags_after(const Slot& slot, const wire::TagList& add, const wire::TagList& remove) const;

  // A copy of the set: casts run over it while connections come and go.
  sets::OrdinalSet everyone(AppId app) const;
  sets::OrdinalSet with_tag(AppId app, const std::string& tag) const;

 private:
  using TagName = std::pair<uint32_t, std::string>;  // app, tag
  struct Tag {
    sets::OrdinalSet members;
    TagName name;
  };
  uint32_t tag_id(AppId app, const std::string& tag);
  void leave_tag(uint32_t id, uint32_t index);

  std::unordered_map<uint32_t, sets::OrdinalSet> by_app_;
  std::map<TagName, uint32_t> tag_ids_;
  std::vector<Tag> by_tag_;          // index = tag id
  std::vector<uint32_t> free_tags_;  // ids that no connection uses any more
};

}  // namespace tocsin::gateway
