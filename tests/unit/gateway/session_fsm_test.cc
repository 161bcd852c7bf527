#include "gateway/session_fsm.h"

#include <gtest/gtest.h>

#include "wire/hello_auth.h"

namespace tocsin::gateway {
namespace {
using Reason = wire::Error::Reason;
using State = SessionFsm::State;

// A frame with its own storage.
template <typename Message>
class FrameOf {
 public:
  explicit FrameOf(const Message& message) {
    EXPECT_EQ(wire::append_message(message, bytes_), wire::Code::ok);
    size_t used = 0;
    EXPECT_EQ(wire::read_frame(bytes_, limits::device_frame_bytes_max, view_, used),
              wire::Code::ok);
  }
  const wire::FrameView& view() const { return view_; }

 private:
  Bytes bytes_;
  wire::FrameView view_;
};

const Bytes key(wire::registration_key_bytes, 1);
const Bytes nonce(wire::install_nonce_bytes, 2);
const Bytes mac(wire::hello_mac_bytes, 3);

wire::Register register_message() {
  wire::Register message;
  message.app = "demo";
  message.registration_key = key;
  message.install_nonce = nonce;
  return message;
}

wire::Hello hello_message() {
  wire::Hello message;
  message.app = AppId{1};
  message.device.bytes.fill(9);
  message.key_epoch = 1;
  message.mac = mac;
  return message;
}

wire::Ack ack_message() {
  wire::Ack message;
  message.messages.push_back(MessageId{5});
  return message;
}

class SessionFsmTest : public testing::Test {
 protected:
  template <typename Message>
  Action frame(const Message& message) {
    return fsm_.on_frame(FrameOf<Message>(message).view(), 1);
  }
  Action bare(wire::FrameType type) { return fsm_.on_frame({type, {}}, 1); }

  void expect_refused(const Action& action, Reason reason) {
    const auto* refusal = std::get_if<action::Refuse>(&action);
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->reason, reason);
    EXPECT_EQ(fsm_.state(), State::closed);
  }
  void open() {
    fsm_.on_preface(wire::preface);
    frame(hello_message());
    fsm_.on_verified();
  }
  void go_live() {
    open();
    fsm_.on_granted();
  }

  SessionFsm fsm_;
};

TEST_F(SessionFsmTest, OpensWithPrefaceHelloVerdictGrant) {
  EXPECT_TRUE(std::holds_alternative<action::Nothing>(fsm_.on_preface(wire::preface)));
  const Action verify = frame(hello_message());
  ASSERT_TRUE(std::holds_alternative<action::VerifyHello>(verify));
  EXPECT_EQ(std::get<action::VerifyHello>(verify).hello.app, AppId{1});
  EXPECT_FALSE(fsm_.is_open());
  fsm_.on_verified();
  EXPECT_TRUE(fsm_.is_open());
  fsm_.on_granted();
  EXPECT_EQ(fsm_.state(), State::live);
}

TEST_F(SessionFsmTest, RefusesAWrongMagic) {
  expect_refused(fsm_.on_preface(Bytes{0x47, 0x45}), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RefusesAnotherProtocolVersion) {
  expect_refused(fsm_.on_preface(Bytes{0x54, 0x02}), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RegistersOnceAtATimeAndThenTakesHello) {
  fsm_.on_preface(wire::preface);
  ASSERT_TRUE(std::holds_alternative<action::Register>(frame(register_message())));
  EXPECT_EQ(fsm_.state(), State::registering);
  fsm_.on_registered();
  EXPECT_TRUE(std::holds_alternative<action::VerifyHello>(frame(hello_message())));
}

TEST_F(SessionFsmTest, RefusesASecondRegisterWhileTheFirstIsStored) {
  fsm_.on_preface(wire::preface);
  frame(register_message());
  expect_refused(frame(register_message()), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RefusesASecondHello) {
  go_live();
  expect_refused(frame(hello_message()), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RefusesPingBeforeHello) {
  fsm_.on_preface(wire::preface);
  expect_refused(bare(wire::FrameType::ping), Reason::bad_frame);
}

TEST_F(SessionFsmTest, AnswersPingOnceOpen) {
  open();
  EXPECT_TRUE(std::holds_alternative<action::SendPong>(bare(wire::FrameType::ping)));
}

TEST_F(SessionFsmTest, RefusesAcksBeforeHello) {
  fsm_.on_preface(wire::preface);
  expect_refused(frame(ack_message()), Reason::bad_frame);
}

TEST_F(SessionFsmTest, TakesAcksFromWelcomeOn) {
  open();
  EXPECT_TRUE(std::holds_alternative<action::Delivered>(frame(ack_message())));
}

TEST_F(SessionFsmTest, HandsOnAcksAndOpens) {
  go_live();
  const Action ack = frame(ack_message());
  ASSERT_TRUE(std::holds_alternative<action::Delivered>(ack));
  EXPECT_EQ(std::get<action::Delivered>(ack).messages[0], MessageId{5});
  wire::Opened opened;
  opened.messages.push_back(MessageId{6});
  const Action open_action = frame(opened);
  ASSERT_TRUE(std::holds_alternative<action::Opened>(open_action));
  EXPECT_EQ(std::get<action::Opened>(open_action).messages[0], MessageId{6});
}

TEST_F(SessionFsmTest, RefusesConditionsBeforeHello) {
  fsm_.on_preface(wire::preface);
  expect_refused(frame(wire::Conditions{1}), Reason::bad_frame);
}

TEST_F(SessionFsmTest, HandsOnConditions) {
  open();
  const Action action = frame(wire::Conditions{2});
  ASSERT_TRUE(std::holds_alternative<action::ChangeConditions>(action));
  EXPECT_EQ(std::get<action::ChangeConditions>(action).conditions, 2u);
}

TEST_F(SessionFsmTest, RefusesFramesOfTheOtherDirection) {
  go_live();
  expect_refused(frame(wire::Updated{1}), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RefusesABodyThatIsNotProtobuf) {
  go_live();
  const Bytes garbage = {0xff, 0xff, 0xff};
  expect_refused(fsm_.on_frame({wire::FrameType::ack, garbage}, 1), Reason::bad_frame);
}

TEST_F(SessionFsmTest, RefusesMoreFramesInASecondThanAllowed) {
  go_live();
  // Hello was one of this second's frames.
  for (uint32_t i = 1; i < limits::device_frames_per_s_max; ++i) {
    ASSERT_TRUE(std::holds_alternative<action::SendPong>(bare(wire::FrameType::ping))) << i;
  }
  expect_refused(bare(wire::FrameType::ping), Reason::too_many_requests);
}

TEST_F(SessionFsmTest, CountsFramesBySecond) {
  go_live();
  for (uint32_t second = 2; second < 6; ++second) {
    for (uint32_t i = 0; i < limits::device_frames_per_s_max; ++i) {
      ASSERT_TRUE(std::holds_alternative<action::SendPong>(
          fsm_.on_frame({wire::FrameType::ping, {}}, second)));
    }
  }
}

}  // namespace
}  // namespace tocsin::gateway
