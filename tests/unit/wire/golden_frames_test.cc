// tests/golden/device_frames.txt: what was released is encoded and decoded the same way forever.
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"
#include "wire/codec.h"
#include "wire/conditions.h"
#include "wire/frame.h"

namespace tocsin::wire {
namespace {

std::ifstream open_in_tree(const std::string& path) {
  return std::ifstream(std::filesystem::path(TOCSIN_ROOT) / path);
}

std::map<std::string, std::string> read_golden() {
  std::ifstream file = open_in_tree("tests/golden/device_frames.txt");
  std::map<std::string, std::string> frames;
  std::string line;
  while (std::getline(file, line)) {
    const size_t equals = line.find(" = ");
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    frames[line.substr(0, equals)] = line.substr(equals + 3);
  }
  return frames;
}

// The golden bytes of one frame, which must be the only frame in them.
class Golden {
 public:
  explicit Golden(const std::string& name) : hex_(read_golden()[name]), bytes_(hex_.size() / 2) {
    EXPECT_FALSE(hex_.empty()) << "no golden frame " << name;
    EXPECT_TRUE(from_hex(hex_, bytes_));
    size_t used = 0;
    EXPECT_EQ(read_frame(bytes_, limits::server_frame_bytes_max, frame_, used), Code::ok);
    EXPECT_EQ(used, bytes_.size());
  }

  template <typename Message>
  void expect_encoded(const Message& message) const {
    Bytes out;
    ASSERT_EQ(append_message(message, out), Code::ok);
    EXPECT_EQ(to_hex(out), hex_);
  }

  template <typename Message>
  void decode_into(FrameType type, Message& message) const {
    EXPECT_EQ(frame_.type, type);
    ASSERT_EQ(decode(frame_.body, message), Code::ok);
  }

 private:
  std::string hex_;
  Bytes bytes_;
  FrameView frame_;
};

template <size_t size>
std::array<uint8_t, size> counting_from(uint8_t first) {
  std::array<uint8_t, size> bytes;
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

const auto registration_key = counting_from<32>(0x20);
const auto nonce = counting_from<16>(0x10);
const auto device_secret = counting_from<32>(0xc0);
const auto mac = counting_from<16>(0xe0);
const DeviceId device{counting_from<16>(0xa0)};
const MessageId message_id{0x0123456789abcdef};

template <typename List>
std::vector<std::string> texts(const List& list) {
  return {list.begin(), list.end()};
}

std::string hex_of(ByteView bytes) { return to_hex(bytes); }

TEST(GoldenFramesTest, Register) {
  Register message;
  message.app = "weather";
  message.registration_key = registration_key;
  message.install_nonce = nonce;
  message.platform = "linux";
  message.app_version = "1.4.2";
  message.tags.push_back("city:chengdu");
  message.tags.push_back("beta");
  const Golden golden("register");
  golden.expect_encoded(message);
  Register got;
  golden.decode_into(FrameType::reg, got);
  EXPECT_EQ(got.app, "weather");
  EXPECT_EQ(hex_of(got.registration_key), to_hex(registration_key));
  EXPECT_EQ(hex_of(got.install_nonce), to_hex(nonce));
  EXPECT_EQ(got.platform, "linux");
  EXPECT_EQ(got.app_version, "1.4.2");
  EXPECT_EQ(texts(got.tags), (std::vector<std::string>{"city:chengdu", "beta"}));
}

TEST(GoldenFramesTest, RegisterWithAttributes) {
  Register message;
  message.app = "weather";
  message.registration_key = registration_key;
  message.install_nonce = nonce;
  message.platform = "linux";
  message.app_version = "1.4.2";
  message.language = "pt-BR";
  message.time_zone = "America/Sao_Paulo";
  message.sdk_version = "0.1.0";
  message.alias = "user-42";
  message.region = "6gyf4";
  const Golden golden("register_attributes");
  golden.expect_encoded(message);
  Register got;
  golden.decode_into(FrameType::reg, got);
  EXPECT_EQ(got.app_version, "1.4.2");
  EXPECT_EQ(got.language, "pt-BR");
  EXPECT_EQ(got.time_zone, "America/Sao_Paulo");
  EXPECT_EQ(got.sdk_version, "0.1.0");
  EXPECT_EQ(got.alias, "user-42");
  EXPECT_EQ(got.region, "6gyf4");
}

TEST(GoldenFramesTest, Registered) {
  Registered message;
  message.app = AppId{7};
  message.device = device;
  message.device_secret = device_secret;
  message.key_epoch = 1;
  const Golden golden("registered");
  golden.expect_encoded(message);
  Registered got;
  golden.decode_into(FrameType::registered, got);
  EXPECT_EQ(got.app, AppId{7});
  EXPECT_EQ(got.device, device);
  EXPECT_EQ(hex_of(got.device_secret), to_hex(device_secret));
  EXPECT_EQ(got.key_epoch, 1u);
}

TEST(GoldenFramesTest, Hello) {
  Hello message;
  message.app = AppId{7};
  message.device = device;
  message.key_epoch = 1;
  message.mac = mac;
  message.heartbeat_s = 300;
  const Golden golden("hello");
  golden.expect_encoded(message);
  Hello got;
  golden.decode_into(FrameType::hello, got);
  EXPECT_EQ(got.app, AppId{7});
  EXPECT_EQ(got.device, device);
  EXPECT_EQ(got.key_epoch, 1u);
  EXPECT_EQ(hex_of(got.mac), to_hex(mac));
  EXPECT_EQ(got.heartbeat_s, 300u);
}

TEST(GoldenFramesTest, Conditions) {
  Hello hello;
  hello.app = AppId{7};
  hello.device = device;
  hello.key_epoch = 1;
  hello.mac = mac;
  hello.heartbeat_s = 300;
  hello.conditions = all_conditions;
  const Golden golden_hello("hello_conditions");
  golden_hello.expect_encoded(hello);
  Hello got_hello;
  golden_hello.decode_into(FrameType::hello, got_hello);
  EXPECT_EQ(got_hello.conditions, all_conditions);

  const Golden golden("conditions");
  golden.expect_encoded(Conditions{2});
  Conditions got;
  golden.decode_into(FrameType::conditions, got);
  EXPECT_EQ(got.conditions, 2u);
}

TEST(GoldenFramesTest, Welcome) {
  Welcome message;
  message.server_time_ms = 1'790'000'000'000;
  message.heartbeat_s = 270;
  message.gateways.push_back("gw2.example.com:7443");
  const Golden golden("welcome");
  golden.expect_encoded(message);
  Welcome got;
  golden.decode_into(FrameType::welcome, got);
  EXPECT_EQ(got.server_time_ms, 1'790'000'000'000u);
  EXPECT_EQ(got.heartbeat_s, 270u);
  EXPECT_EQ(texts(got.gateways), std::vector<std::string>{"gw2.example.com:7443"});
}

TEST(GoldenFramesTest, MinimalPush) {
  Push message;
  message.message = message_id;
  const Golden golden("push_minimal");
  golden.expect_encoded(message);
  Push got;
  golden.decode_into(FrameType::push, got);
  EXPECT_EQ(got.message, message_id);
  EXPECT_EQ(got.priority, Priority::normal);
  EXPECT_TRUE(got.title.empty() && got.body.empty() && got.data.empty());
}

TEST(GoldenFramesTest, FullPush) {
  Push message;
  message.message = message_id;
  message.priority = Priority::alert;
  message.sent_at_ms = 1'790'000'000'000;
  message.expires_at_ms = 1'790'000'060'000;
  message.ack_spread_ms = 5000;
  message.title = "Earthquake";
  message.body = "强震来袭 12 s";
  message.data.push_back({"lat", "31.0"});
  message.data.push_back({"empty", ""});
  const Golden golden("push_full");
  golden.expect_encoded(message);
  Push got;
  golden.decode_into(FrameType::push, got);
  EXPECT_EQ(got.priority, Priority::alert);
  EXPECT_EQ(got.sent_at_ms, 1'790'000'000'000u);
  EXPECT_EQ(got.expires_at_ms, 1'790'000'060'000u);
  EXPECT_EQ(got.ack_spread_ms, 5000u);
  EXPECT_EQ(got.title, "Earthquake");
  EXPECT_EQ(got.body, "强震来袭 12 s");
  ASSERT_EQ(got.data.size(), 2u);
  EXPECT_EQ(got.data[0].key, "lat");
  EXPECT_EQ(got.data[0].value, "31.0");
  EXPECT_EQ(got.data[1].key, "empty");
  EXPECT_EQ(got.data[1].value, "");
}

TEST(GoldenFramesTest, PushWithACollapseKey) {
  Push message;
  message.message = message_id;
  message.title = "2:1";
  message.collapse_key = "score";
  const Golden golden("push_collapse");
  golden.expect_encoded(message);
  Push got;
  golden.decode_into(FrameType::push, got);
  EXPECT_EQ(got.title, "2:1");
  EXPECT_EQ(got.collapse_key, "score");
  EXPECT_EQ(got.recalls, MessageId{});
}

TEST(GoldenFramesTest, Recall) {
  Push message;
  message.message = MessageId{message_id.value + 1};
  message.priority = Priority::high;
  message.sent_at_ms = 1'790'000'000'000;
  message.expires_at_ms = 1'790'000'060'000;
  message.recalls = message_id;
  const Golden golden("push_recall");
  golden.expect_encoded(message);
  Push got;
  golden.decode_into(FrameType::push, got);
  EXPECT_EQ(got.message, MessageId{message_id.value + 1});
  EXPECT_EQ(got.recalls, message_id);
  EXPECT_TRUE(got.title.empty() && got.body.empty() && got.data.empty());
}

TEST(GoldenFramesTest, AckAndOpened) {
  Ack ack;
  ack.messages.push_back(message_id);
  ack.messages.push_back(MessageId{1});
  const Golden golden_ack("ack");
  golden_ack.expect_encoded(ack);
  Ack got_ack;
  golden_ack.decode_into(FrameType::ack, got_ack);
  ASSERT_EQ(got_ack.messages.size(), 2u);
  EXPECT_EQ(got_ack.messages[0], message_id);
  EXPECT_EQ(got_ack.messages[1], MessageId{1});

  Opened opened;
  opened.messages.push_back(message_id);
  const Golden golden_opened("opened");
  golden_opened.expect_encoded(opened);
  Opened got_opened;
  golden_opened.decode_into(FrameType::opened, got_opened);
  ASSERT_EQ(got_opened.messages.size(), 1u);
  EXPECT_EQ(got_opened.messages[0], message_id);
}

TEST(GoldenFramesTest, UpdateAndUpdated) {
  Update update;
  update.update_id = 1;
  update.add_tags.push_back("city:kobe");
  update.remove_tags.push_back("city:chengdu");
  update.remove_tags.push_back("beta");
  const Golden golden_update("update");
  golden_update.expect_encoded(update);
  Update got;
  golden_update.decode_into(FrameType::update, got);
  EXPECT_EQ(got.update_id, 1u);
  EXPECT_EQ(texts(got.add_tags), std::vector<std::string>{"city:kobe"});
  EXPECT_EQ(texts(got.remove_tags), (std::vector<std::string>{"city:chengdu", "beta"}));

  const Golden golden_updated("updated");
  golden_updated.expect_encoded(Updated{1});
  Updated got_updated;
  golden_updated.decode_into(FrameType::updated, got_updated);
  EXPECT_EQ(got_updated.update_id, 1u);
}

TEST(GoldenFramesTest, UpdateOfAttributes) {
  Update message;
  message.update_id = 2;
  message.alias = "";
  message.region = "wx4g0";
  message.language = "ja";
  message.time_zone = "Asia/Tokyo";
  message.app_version = "1.5.0";
  message.sdk_version = "0.1.0";
  const Golden golden("update_attributes");
  golden.expect_encoded(message);
  Update got;
  golden.decode_into(FrameType::update, got);
  EXPECT_EQ(got.update_id, 2u);
  EXPECT_TRUE(got.add_tags.empty() && got.remove_tags.empty());
  EXPECT_EQ(got.alias, std::string_view());
  EXPECT_EQ(got.region, "wx4g0");
  EXPECT_EQ(got.language, "ja");
  EXPECT_EQ(got.time_zone, "Asia/Tokyo");
  EXPECT_EQ(got.app_version, "1.5.0");
  EXPECT_EQ(got.sdk_version, "0.1.0");
}

TEST(GoldenFramesTest, GoAway) {
  wire::GoAway message;
  message.reason = GoAway::Reason::draining;
  message.after_ms = 1000;
  message.window_ms = 20'000;
  message.gateways.push_back("gw2.example.com:7443");
  message.gateways.push_back("gw3.example.com:7443");
  const Golden golden("go_away");
  golden.expect_encoded(message);
  wire::GoAway got;
  golden.decode_into(FrameType::go_away, got);
  EXPECT_EQ(got.reason, GoAway::Reason::draining);
  EXPECT_EQ(got.after_ms, 1000u);
  EXPECT_EQ(got.window_ms, 20'000u);
  EXPECT_EQ(texts(got.gateways),
            (std::vector<std::string>{"gw2.example.com:7443", "gw3.example.com:7443"}));
}

TEST(GoldenFramesTest, Error) {
  wire::Error message;
  message.reason = Error::Reason::unavailable;
  message.message = "storage is restarting";
  message.retry_after_ms = 2000;
  const Golden golden("error");
  golden.expect_encoded(message);
  wire::Error got;
  golden.decode_into(FrameType::error, got);
  EXPECT_EQ(got.reason, Error::Reason::unavailable);
  EXPECT_EQ(got.message, "storage is restarting");
  EXPECT_EQ(got.retry_after_ms, 2000u);
}

TEST(GoldenFramesTest, PingAndPong) {
  Bytes out;
  append_frame(FrameType::ping, out);
  append_frame(FrameType::pong, out);
  EXPECT_EQ(to_hex(out), read_golden()["ping"] + read_golden()["pong"]);
}

TEST(GoldenFramesTest, TheProtocolPageShowsTheSameBytes) {
  std::ifstream page = open_in_tree("docs/protocol.md");
  std::string text;
  for (std::string word; page >> word;) text += word;
  const auto frames = read_golden();
  ASSERT_GE(frames.size(), 18u);
  for (const auto& [name, hex] : frames) EXPECT_NE(text.find(hex), std::string::npos) << name;
}

}  // namespace
}  // namespace tocsin::wire
