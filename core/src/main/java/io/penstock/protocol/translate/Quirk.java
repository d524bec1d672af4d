package io.penstock.protocol.translate;

/** A way in which a provider differs from the protocol it speaks (PROVIDERS section 1). */
public enum Quirk {
    /** Wants {@code reasoning_content} back on the assistant messages of a tool loop (DeepSeek, Moonshot, Z.ai, Fireworks). */
    REASONING_CONTENT_BACK,
    /** Puts thinking in {@code <think>} inside the content (MiniMax). */
    THINK_TAGS,
    /** Wants that {@code <think>} back in the content, as it stood there (MiniMax). */
    THINK_TAGS_BACK,
    /** Wants thinking back as parts of the content, {@code thinking} before {@code text} (Mistral's models that think). */
    THINKING_PARTS_BACK,
    /** Switches thinking by {@code thinking: {type}} (DeepSeek, Moonshot, Z.ai). */
    THINKING_TOGGLE,
    /** Takes {@code reasoning_effort} of {@code low}, {@code high} or {@code max} beside that toggle (DeepSeek). */
    EFFORT_BESIDE_TOGGLE,
    /** Thinks, and refuses to be told how much (Grok 4). */
    NO_EFFORT,
    /** {@code tool_calls[].extra_content.google.thought_signature} must come back (Gemini). */
    THOUGHT_SIGNATURE,
    /** Tool call ids are nine letters or digits (Mistral). */
    NINE_LETTER_IDS,
    /** Refuses fields it does not know, {@code stream_options} among them (Mistral). */
    KNOWN_FIELDS_ONLY,
    /** Knows {@code max_tokens} and not {@code max_completion_tokens} (DeepSeek, Mistral, Together, Z.ai). */
    MAX_TOKENS_ONLY,
    /** Refuses sampling parameters that are not in its list (models that think, of OpenAI, xAI and Moonshot). */
    REFUSES_SAMPLING,
    /** Understands {@code cache_control} on chat parts, and wants {@code reasoning_details} back (OpenRouter). */
    OPENROUTER_FIELDS,
    /** {@code reasoning_format: parsed} asks for thinking apart from the content (Groq). */
    REASONING_FORMAT,
    /** Wants {@code developer} instead of {@code system} from reasoning models (OpenAI). */
    DEVELOPER_ROLE,
    /** Effort from {@code none} to {@code xhigh}, not from {@code minimal} to {@code high} (OpenAI from GPT-5.1). */
    EFFORT_NONE_TO_XHIGH,
    /** Effort goes up to {@code max} (Claude Opus from 4.6). */
    EFFORT_MAX,
    /** Takes thinking by a budget of tokens rather than by effort (Anthropic before 4.6). */
    THINKING_BUDGET,
    /** Only {@code temperature} or {@code top_p}, not both (Claude from 4.5). */
    ONE_SAMPLING_PARAMETER
}
