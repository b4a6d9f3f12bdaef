import { defineComponent, h, onBeforeUnmount, onMounted, ref } from 'vue';

/** The playground, which needs a browser and is loaded by its page only. */
export const Playground = defineComponent({
  setup() {
    const root = ref<HTMLElement>();
    let close: (() => void) | undefined;
    onMounted(async () => {
      const { open } = await import('../../playground/main.ts');
      if (root.value) close = open(root.value);
    });
    onBeforeUnmount(() => close?.());
    return () => h('div', { ref: root, id: 'playground' }, [h('noscript', 'The playground needs JavaScript.')]);
  },
});
