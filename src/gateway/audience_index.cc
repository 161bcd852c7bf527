#include "gateway/audience_index.h"

#include <algorithm>

namespace tocsin::gateway {

void AudienceIndex::add(uint32_t index, Slot& slot, const std::vector<std::string>& tags) {
  by_app_[slot.app.value].add(index);
  slot.in_audience = 1;
  set_tags(index, slot, tags);
}

void AudienceIndex::set_tags(uint32_t index, Slot& slot, const std::vector<std::string>& tags) {
  if (slot.tags != nullptr) {
    for (const uint32_t id : *slot.tags) leave_tag(id, index);
    slot.tags = nullptr;
  }
  if (tags.empty()) return;
  slot.tags = std::make_unique<TagIds>();
  slot.tags->reserve(tags.size());
  for (const std::string& tag : tags) {
    const uint32_t id = tag_id(slot.app, tag);
    by_tag_[id].members.add(index);
    slot.tags->push_back(id);
  }
}

void AudienceIndex::remove(uint32_t index, Slot& slot) {
  if (!slot.in_audience) return;
  set_tags(index, slot, {});
  by_app_[slot.app.value].remove(index);
  slot.in_audience = 0;
}

bool AudienceIndex::has_tag(const Slot& slot, const std::string& tag) const {
  if (slot.tags == nullptr) return false;
  const auto found = tag_ids_.find({slot.app.value, tag});
  return found != tag_ids_.end() &&
         std::find(slot.tags->begin(), slot.tags->end(), found->second) != slot.tags->end();
}

size_t AudienceIndex::tags_after(const Slot& slot, const wire::TagList& add,
                                 const wire::TagList& remove) const {
  size_t count = slot.tags == nullptr ? 0 : slot.tags->size();
  for (const std::string_view tag : add) count += has_tag(slot, std::string(tag)) ? 0 : 1;
  for (const std::string_view tag : remove) {
    if (count > 0 && has_tag(slot, std::string(tag))) --count;
  }
  return count;
}

sets::OrdinalSet AudienceIndex::everyone(AppId app) const {
  const auto found = by_app_.find(app.value);
  return found == by_app_.end() ? sets::OrdinalSet() : found->second;
}

sets::OrdinalSet AudienceIndex::with_tag(AppId app, const std::string& tag) const {
  const auto found = tag_ids_.find({app.value, tag});
  return found == tag_ids_.end() ? sets::OrdinalSet() : by_tag_[found->second].members;
}

uint32_t AudienceIndex::tag_id(AppId app, const std::string& tag) {
  const auto [found, inserted] = tag_ids_.try_emplace({app.value, tag}, 0);
  if (!inserted) return found->second;
  if (free_tags_.empty()) {
    free_tags_.push_back(static_cast<uint32_t>(by_tag_.size()));
    by_tag_.emplace_back();
  }
  found->second = free_tags_.back();
  free_tags_.pop_back();
  by_tag_[found->second].name = found->first;
  return found->second;
}

// A tag goes with its last connection: a device that keeps changing its tags must not grow the
// index.
void AudienceIndex::leave_tag(uint32_t id, uint32_t index) {
  Tag& tag = by_tag_[id];
  if (!tag.members.contains(index)) return;
  tag.members.remove(index);
  if (!tag.members.empty()) return;
  tag_ids_.erase(tag.name);
  tag = Tag();
  free_tags_.push_back(id);
}

}  // namespace tocsin::gateway
