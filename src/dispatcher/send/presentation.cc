#include "dispatcher/send/presentation.h"

#include <fmt/format.h>

namespace tocsin::dispatcher {
namespace {

using Data = std::vector<std::pair<std::string, std::string>>;

void add(std::string_view name, const std::string& text, Data& data) {
  if (!text.empty()) data.emplace_back(fmt::format("{}{}", presentation_prefix, name), text);
}

// One entry per argument, numbered from 0: a text may contain any character.
void add_all(std::string_view name, const google::protobuf::RepeatedPtrField<std::string>& texts,
             Data& data) {
  for (int i = 0; i < texts.size(); ++i) {
    data.emplace_back(fmt::format("{}{}.{}", presentation_prefix, name, i), texts[i]);
  }
}

}  // namespace

void add_presentation(const v1::Notification& notification, Data& data) {
  add("image", notification.image(), data);
  add("click", notification.click_action(), data);
  if (notification.has_badge()) add("badge", fmt::format("{}", notification.badge()), data);
  add("sound", notification.sound(), data);
  add("channel", notification.channel(), data);
  add("title_loc", notification.title_loc_key(), data);
  add_all("title_arg", notification.title_loc_args(), data);
  add("body_loc", notification.body_loc_key(), data);
  add_all("body_arg", notification.body_loc_args(), data);
}

}  // namespace tocsin::dispatcher
